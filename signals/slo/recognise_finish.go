package slo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// finish derives what follows from all of the rules.
func (f *Found) finish() {
	if f.Family == FamilyAlert {
		return
	}
	for _, d := range f.recorded {
		f.Period = max(f.Period, d)
	}
	slices.SortStableFunc(f.Rows, func(a, b Window) int { return cmp.Compare(a.Long, b.Long) })
	if f.Period == 0 && len(f.Rows) == 4 {
		switch last := f.Rows[3]; {
		case f.Family == FamilyPyrra:
			f.Period = last.Long * 7
		case f.Rows[0].Share == 14.4:
			f.Period = 30 * 24 * time.Hour
		}
	}
	if f.Period == 0 {
		f.unknown("the period")
	}
	for i := range f.Rows {
		if f.Period > 0 {
			f.Rows[i].Share *= float64(f.Rows[i].Long) / float64(f.Period)
		}
	}
	if f.Period == 0 {
		f.Rows = nil
	}
	if !(f.Target > 0 && f.Target < 1) {
		f.Target = 0
		f.unknown("the objective")
	}
	if f.query == "" {
		f.unknown("how events are counted: no ratio is recorded")
		return
	}
	if m := grouped.FindStringSubmatch(f.query); m != nil && f.Family == FamilyPyrra {
		f.unknown("one objective for each value of " + strings.TrimSpace(m[1]) + ": they are shown as one")
	}
	f.events()
}

// events takes the recorded ratio apart.
func (f *Found) events() {
	sides := parts(f.query, "/")
	native := strings.HasPrefix(bare(f.query), "1 - histogram_fraction(")
	if native {
		sides = f.nativeSides()
	}
	if len(sides) != 2 {
		f.unknown("how events are counted: the recorded expression is no quotient")
		return
	}
	total := sides[1]
	if p := parts(total, ">"); len(p) == 2 && p[1] == "0" {
		total = p[0]
	}
	bad, errBad := windowed(bare(sides[0]), "rate")
	all, errAll := windowed(bare(total), "rate")
	if errBad != nil || errAll != nil {
		f.unknown("how events are counted: " + cmp.Or(errBad, errAll).Error())
		return
	}
	f.Bad, f.Total = bad, all
	if f.Family == FamilyPyrra {
		f.OverPeriod = f.overPeriod(bare(sides[0]), bare(total), native)
	}
}

// nativeSides are bad and all events of a native histogram.
func (f *Found) nativeSides() []string {
	inside := strings.TrimPrefix(bare(f.query), "1 - histogram_fraction")
	args := parts(inside, ",")
	if len(args) != 3 {
		return nil
	}
	count := "histogram_count(" + args[2] + ")"
	return []string{atom(bare(f.query)) + " * " + count, count}
}

// overPeriod is the error ratio over the period from Pyrra's recorded increases,
// of which the good or the bad ones are chosen by the matchers of the ratio.
func (f *Found) overPeriod(bad, total string, native bool) string {
	of := func(v vector, suffix string, more ...string) string {
		name := v.name
		if suffix == "increase" {
			for _, end := range []string{"_total", "_count", "_bucket"} {
				name = strings.TrimSuffix(name, end)
			}
		}
		name += ":" + suffix + model.Duration(f.Period).String()
		if _, ok := f.recorded[name]; !ok {
			return ""
		}
		matchers := append([]string{}, more...)
		if m := strings.TrimSuffix(strings.TrimSpace(v.matchers), ","); m != "" {
			matchers = append(matchers, m)
		}
		return "sum(" + name + "{" + strings.Join(append(matchers, "slo="+strconv.Quote(f.ID)), ",") + "})"
	}
	all, err := vectors(total)
	if err != nil || len(all) != 1 {
		return ""
	}
	good, sum := "", of(all[0], "increase")
	sides := parts(bad, "-")
	switch {
	case native:
		limit := ""
		if args := parts(strings.TrimPrefix(bare(f.query), "1 - histogram_fraction"), ","); len(args) == 3 {
			limit = args[1]
		}
		good, sum = of(all[0], "increase", "le="+strconv.Quote(limit)), of(all[0], "increase", `le=""`)
	case strings.Contains(total, "count_over_time"):
		good, sum = of(all[0], "sum"), of(all[0], "count")
	case len(sides) == 2:
		fine, err := vectors(sides[1])
		if err != nil || len(fine) != 1 {
			return ""
		}
		good, sum = of(fine[0], "increase"), of(all[0], "increase", `le=""`)
	default:
		failed, err := vectors(bad)
		if err != nil || len(failed) != 1 {
			return ""
		}
		if b := of(failed[0], "increase"); b != "" && sum != "" {
			return fmt.Sprintf("(%s or vector(0)) / %s", b, sum)
		}
		return ""
	}
	if good == "" || sum == "" {
		return ""
	}
	return "1 - " + good + " / " + sum
}

// Windows are the lengths that ratios are recorded over, shortest first.
func (f *Found) Windows() []time.Duration { return slices.Sorted(maps.Keys(f.Ratios)) }
