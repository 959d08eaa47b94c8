package draw

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{"ratio", 0.1234, "12.3%"}, {"ratio", 0, "0%"}, {"ratio", 1, "100%"}, {"ratio", 0.9995, "99.95%"}, {"ratio", 0.99999, "99.999%"}, {"ratio", 0.9999999, ">99.99%"},
		{"ratio", 0.0005, "0.05%"}, {"ratio", 0.000012, "0.001%"}, {"ratio", 14.4, "1440%"}, {"ratio", -0.25, "-25.0%"}, {"ratio", nan, "–"}, {"ratio", inf, "∞"},
		{"times", 3.2, "3.2x"}, {"times", 14.4, "14.4x"}, {"times", 1234, "1.23kx"}, {"number", 1234, "1.23k"}, {"number", 0.125, "0.125"}, {"number", 999.96, "1k"}, {"number", -2, "-2"},
		{"number", math.MaxFloat64, "1.8e+290E"}, {"count", 0, "0"}, {"count", 9999, "9999"}, {"count", 12345, "12.3k"}, {"count", 3.4, "3.4"},
		{"ops", 12.34, "12.3/s"}, {"rps", 4200, "4.2k/s"}, {"bytes", 0, "0B"}, {"bytes", 512, "512B"}, {"bytes", 1023.9, "1KiB"}, {"bytes", 1 << 30, "1GiB"}, {"bytes", 1.5 * (1 << 40), "1.5TiB"},
		{"Bps", 1.2 * (1 << 30), "1.2GiB/s"}, {"seconds", 0.34, "340ms"}, {"seconds", 0.0000123, "12.3µs"}, {"seconds", 5e-9, "5ns"}, {"seconds", 1.25, "1.25s"}, {"seconds", 90, "90s"},
		{"seconds", 150, "2m30s"}, {"seconds", 0, "0s"}, {"duration", 273600, "3d4h"}, {"duration", 3600, "1h"}, {"duration", 7500, "2h05m"}, {"duration", 42, "42s"}, {"duration", -7200, "-2h"},
		{"duration", 1e9, "31.7y"}, {"duration", 1e30, "∞"}, {"celsius", 63.46, "63.5°C"}, {"watts", 1234, "1.23kW"}, {"hertz", 2.4e9, "2.4GHz"}, {"cores", 3.2, "3.2"},
		{"bool", 1, "yes"}, {"bool", 0, "no"}, {"bool", 0.5, "0.5"}, {"code", 404, "404"}, {"code", 50304, "50304"}, {"euro", 12.34, "€12.3"}, {"euro", -1200, "-€1.2k"}, {"", 5, "5"}, {"odd", 5, "5"},
	} {
		if got := c.unit.Format(c.v); got != c.want {
			t.Errorf("%s of %v is %q, want %q", c.unit, c.v, got, c.want)
		}
	}
}

// TestFormatShort holds that no value takes more room than columns give it.
func TestFormatShort(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(1, 2))}
	for range 20000 {
		u, v := d.unit(), d.number()
		if math.Abs(v) > 1e17 || v != 0 && math.Abs(v) < 1e-9 {
			continue
		}
		if got := u.Format(v); Width(got) > 10 || got == "" {
			t.Fatalf("%s of %v is %q", u, v, got)
		}
	}
}

func TestAge(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "0s", 900 * time.Millisecond: "0s", 12 * time.Second: "12s", 59 * time.Second: "59s", 4*time.Minute + 50*time.Second: "4m", 2*time.Hour + 5*time.Minute: "2h05m",
		2 * time.Hour: "2h", 3*day + 4*time.Hour + 59*time.Minute: "3d4h", 400 * day: "400d", -4 * time.Minute: "in 4m", math.MinInt64: "in 106751d",
	} {
		if got := Age(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		unit   Unit
		lo, hi float64
		rows   int
		want   []string
	}{
		{"number", 0, 97, 12, []string{"0", "50", "100"}},
		{"number", 0, 0, 12, []string{"0", "0.5", "1.0"}},
		{"ratio", 0.9985, 1, 16, []string{"99.85%", "99.90%", "99.95%", "100.00%"}},
		{"bytes", 0, 3 << 30, 12, []string{"0", "1GiB", "2GiB", "3GiB"}},
		{"bytes", 0, 700 << 20, 10, []string{"0", "256MiB", "512MiB", "768MiB"}},
		{"seconds", 0, 0.42, 12, []string{"0", "200ms", "400ms", "600ms"}},
		{"duration", 0, 5 * 3600, 12, []string{"0", "2h", "4h", "6h"}},
		{"count", 0, 2, 20, []string{"0", "1", "2"}},
		{"celsius", -5, 12, 12, []string{"-5°C", "0°C", "5°C", "10°C", "15°C"}},
		{"euro", 0, 2500, 8, []string{"0", "€2k", "€4k"}},
	} {
		s := newScale(c.unit, c.lo, c.hi, false, false, c.rows)
		var got []string
		for _, v := range s.ticks(c.rows) {
			got = append(got, s.label(v))
		}
		if len(got) != len(c.want) {
			t.Errorf("%s %v..%v: %q, want %q", c.unit, c.lo, c.hi, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s %v..%v: %q, want %q", c.unit, c.lo, c.hi, got, c.want)
				break
			}
		}
	}
}

// TestScaleLabelsDiffer holds that two ticks of an axis never look alike.
func TestScaleLabelsDiffer(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(3, 4))}
	for range 5000 {
		u := d.unit()
		lo := d.Float64() * math.Pow(10, float64(d.IntN(12)-4))
		s := newScale(u, lo, lo+d.Float64()*math.Pow(10, float64(d.IntN(12)-4)), false, false, d.IntN(40)+3)
		if s.step < s.hi*1e-4 || u == "bool" || u == "code" || u == "ratio" && s.hi > 1e3 || (u == "seconds" || u == "duration") && s.hi > 120 && s.step < 1 {
			continue // finer than labels can be
		}
		seen := map[string]float64{}
		for _, v := range s.ticks(40) {
			l := s.label(v)
			if other, ok := seen[l]; ok {
				t.Fatalf("%s %v..%v: %v and %v are both %q", u, s.lo, s.hi, other, v, l)
			}
			seen[l] = v
		}
	}
}

func TestTimeTicks(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		span time.Duration
		w    int
		loc  *time.Location
		want []string
	}{
		{time.Hour, 60, nil, []string{"11:00", "11:10", "11:20", "11:30", "11:40", "11:50", "12:00"}},
		{2 * time.Minute, 50, nil, []string{"11:58:00", "11:58:30", "11:59:00", "11:59:30", "12:00:00"}},
		{24 * time.Hour, 80, berlin, []string{"15:00", "18:00", "21:00", "14 Mar", "03:00", "06:00", "09:00", "12:00"}},
		{30 * 24 * time.Hour, 60, nil, []string{"19 Feb", "26 Feb", "05 Mar", "12 Mar"}},
		{0, 3, nil, nil},
	} {
		a := newTimeAxis(noon.Add(-c.span), noon, c.loc, c.w)
		var got []string
		last := -1
		for _, x := range a.ticks() {
			got = append(got, x.label)
			if x.x <= last || x.x >= c.w {
				t.Errorf("%s in %d: tick %q at %d after %d", c.span, c.w, x.label, x.x, last)
			}
			last = x.x
		}
		if c.want != nil && (len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1]) {
			t.Errorf("%s in %d: %q, want %q", c.span, c.w, got, c.want)
		}
	}
	for _, c := range []struct {
		loc  *time.Location
		want string
	}{{nil, "UTC"}, {berlin, "CET"}, {time.FixedZone("", 3600), "UTC"}, {time.FixedZone("+0530", 19800), "UTC+0530"}} {
		if got := newTimeAxis(noon, noon, c.loc, 9).zone(); got != c.want {
			t.Errorf("zone is %q, want %q", got, c.want)
		}
	}
}

// TestTimeTicksAcrossChange holds that ticks stay on the zone's clock when it changes.
func TestTimeTicksAcrossChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("this machine has no time zones: ", err)
	}
	end := time.Date(2026, 3, 29, 12, 0, 0, 0, zone)
	for _, x := range newTimeAxis(end.Add(-24*time.Hour), end, zone, 80).ticks() {
		if x.label != "29 Mar" && x.label[3:] != "00" {
			t.Errorf("tick at %q", x.label)
		}
	}
}
