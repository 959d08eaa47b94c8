package draw

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Unit says what a number counts, as the panel catalogue names it: ratio,
// times, number, count, ops, rps, bytes, Bps, seconds, duration, celsius,
// watts, hertz, cores, bool, code or euro. Another word, the empty one
// included, is a plain number.
type Unit string

// missing stands for a value that there is none of.
const missing = "–"

// Format is v in this unit, in at most nine cells and without losing what
// matters: a ratio below one never rounds up to 100%, and a NaN is a dash.
func (u Unit) Format(v float64) string {
	switch {
	case math.IsNaN(v):
		return missing
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	}
	switch u {
	case "ratio":
		return percent(v)
	case "bool":
		switch v {
		case 0:
			return "no"
		case 1:
			return "yes"
		}
	case "code":
		if math.Abs(v) < 1e7 {
			return strconv.FormatFloat(v, 'f', -1, 64)[:min(9, len(strconv.FormatFloat(v, 'f', -1, 64)))]
		}
	case "duration":
		return span(v)
	case "seconds":
		if math.Abs(v) >= 120 {
			return span(v)
		}
	}
	f, suffix := u.scale(v)
	return u.prefix(v) + three(math.Abs(v)/f) + suffix
}

// prefix is what stands before the digits: the sign and the currency.
func (u Unit) prefix(v float64) string {
	s := ""
	if v < 0 {
		s = "-"
	}
	if u == "euro" {
		s += "€"
	}
	return s
}

// si and iec are the multiples from the unit itself upwards.
var (
	si  = []string{"", "k", "M", "G", "T", "P", "E"}
	iec = []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
)

// scale is the divisor for a number of v's magnitude, and the suffix that goes
// with it.
func (u Unit) scale(v float64) (float64, string) {
	v = math.Abs(v)
	steps := func(base float64, names []string, unit string) (float64, string) {
		f := 1.0
		for i, n := range names {
			// A number that would round up to the next multiple is already one.
			if i == len(names)-1 || v < base*f*0.9995 {
				return f, n + unit
			}
			f *= base
		}
		return 1, unit
	}
	switch u {
	case "ratio":
		return 0.01, "%"
	case "bytes":
		return steps(1024, iec, "")
	case "Bps":
		return steps(1024, iec, "/s")
	case "seconds", "duration":
		switch {
		case v == 0 || v >= 0.9995:
			return 1, "s"
		case v >= 0.9995e-3:
			return 1e-3, "ms"
		case v >= 0.9995e-6:
			return 1e-6, "µs"
		}
		return 1e-9, "ns"
	case "ops", "rps":
		return steps(1000, si, "/s")
	case "times":
		return steps(1000, si, "x")
	case "celsius":
		return 1, "°C"
	case "watts":
		return steps(1000, si, "W")
	case "hertz":
		return steps(1000, si, "Hz")
	case "count", "code":
		if v < 10000 {
			return 1, ""
		}
	}
	return steps(1000, si, "")
}

// three is a number of zero or more in about three significant digits.
func three(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 1e7:
		return strconv.FormatFloat(v, 'e', 1, 64)
	case v >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 9.995:
		return trim(strconv.FormatFloat(v, 'f', 1, 64))
	case v >= 0.9995:
		return trim(strconv.FormatFloat(v, 'f', 2, 64))
	case v >= 0.01:
		return trim(strconv.FormatFloat(v, 'f', 3, 64))
	case v >= 0.0001:
		return trim(strconv.FormatFloat(v, 'f', 5, 64))
	}
	return strconv.FormatFloat(v, 'e', 0, 64)
}

// trim takes the zeros off the end of a decimal fraction.
func trim(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// percent is a ratio in percent. Between 99 and 100 it shows as many nines as
// there are, from two to four decimals: an objective is read off them.
func percent(v float64) string {
	p := v * 100
	a := math.Abs(p)
	switch {
	case a >= 1e5:
		f, s := Unit("").scale(a)
		return Unit("").prefix(p) + three(a/f) + s + "%"
	case a > 99 && a < 100:
		for digits := 2; digits <= 4; digits++ {
			if s := strconv.FormatFloat(p, 'f', digits, 64); !strings.Contains(s, "100.") {
				return s + "%"
			}
		}
		return ">99.99%"
	case a >= 99.95 || a == 0:
		return strconv.FormatFloat(p+0, 'f', 0, 64) + "%"
	case a >= 0.95:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	case a >= 0.01:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	}
	return strconv.FormatFloat(p, 'g', 1, 64) + "%"
}

// span is a number of seconds in the two largest of days, hours, minutes and
// seconds; below a second in three digits.
func span(v float64) string {
	a := math.Abs(v)
	sign := Unit("").prefix(v)
	switch {
	case a < 59.5:
		f, s := Unit("seconds").scale(a)
		return sign + three(a/f) + s
	case a >= 1e4*365*86400:
		return sign + "∞"
	case a >= 1000*86400:
		return sign + three(a/(365*86400)) + "y"
	}
	return sign + clock(time.Duration(math.Round(a))*time.Second)
}

// Age is the time since something happened, in at most two units: 12s, 4m,
// 2h05m, 3d4h. A negative one is still to come and says so: in 4m.
func Age(d time.Duration) string {
	if d < 0 {
		return "in " + Age(-max(d, -math.MaxInt64))
	}
	d = d.Truncate(time.Second)
	if d >= time.Minute && d < time.Hour {
		d = d.Truncate(time.Minute)
	}
	return clock(d)
}

// clock is a duration of whole seconds in its two largest units.
func clock(d time.Duration) string {
	two := func(big time.Duration, bigName string, small time.Duration, smallName, format string) string {
		n, rest := d/big, d%big/small
		s := strconv.FormatInt(int64(n), 10) + bigName
		if rest == 0 {
			return s
		}
		r := strconv.FormatInt(int64(rest), 10)
		if len(r) < 2 && format == "02" {
			r = "0" + r
		}
		return s + r + smallName
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	case d < time.Hour:
		return two(time.Minute, "m", time.Second, "s", "02")
	case d < day:
		return two(time.Hour, "h", time.Minute, "m", "02")
	case d < 100*day:
		return two(day, "d", time.Hour, "h", "")
	}
	return strconv.FormatInt(int64(d/day), 10) + "d"
}
