package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// course is what a unit test of an alert tells: a time without the fault, the
// time with it and the time after it. The same words give samples of any step.
type course struct {
	step   time.Duration
	length [3]time.Duration
}

func short(d time.Duration) string { return model.Duration(d).String() }

func parse(text string) (time.Duration, error) {
	d, err := model.ParseDuration(text)
	return time.Duration(d), err
}

// phases sets the lengths for what follows: "1m 2m 1m". It writes nothing.
func (c *course) phases(text string) (string, error) {
	fields := strings.Fields(text)
	if len(fields) != len(c.length) {
		return "", fmt.Errorf("phases %q: three lengths are wanted", text)
	}
	for i, f := range fields {
		d, err := parse(f)
		if err != nil {
			return "", err
		}
		if d%c.step != 0 || d == 0 {
			return "", fmt.Errorf("phases %q: %s is not a multiple of the step %s", text, f, short(c.step))
		}
		c.length[i] = d
	}
	return "", nil
}

// gauge is a series with one value in each phase: a number, "1..9" for a straight
// line to the second one, "_" for no sample, "stale" for a series that ends.
func (c *course) gauge(before, during, after any) (string, error) {
	var parts []string
	for i, v := range []any{before, during, after} {
		n := int(c.length[i] / c.step)
		text := fmt.Sprint(v)
		from, to, line := strings.Cut(text, "..")
		switch {
		case text == "_" || text == "stale":
			parts = append(parts, missing(text, n))
		case line:
			a, err := number(from)
			if err != nil {
				return "", err
			}
			b, err := number(to)
			if err != nil {
				return "", err
			}
			by := (b - a) / float64(n)
			parts = append(parts, repeat(a+by, by, n))
		default:
			level, err := number(v)
			if err != nil {
				return "", err
			}
			parts = append(parts, repeat(level, 0, n))
		}
	}
	return strings.Join(parts, " "), nil
}

// counter is a series that grows by so much per second in each phase; "_" and
// "stale" are as for a gauge.
func (c *course) counter(before, during, after any) (string, error) {
	var parts []string
	at := 0.0
	for i, v := range []any{before, during, after} {
		n := int(c.length[i] / c.step)
		if v == "_" || v == "stale" {
			parts = append(parts, missing(v.(string), n))
			continue
		}
		rate, err := number(v)
		if err != nil {
			return "", err
		}
		by := rate * c.step.Seconds()
		parts = append(parts, repeat(at+by, by, n))
		at += by * float64(n)
	}
	return strings.Join(parts, " "), nil
}

// missing writes a phase without samples, which ends the series or does not say.
func missing(how string, n int) string {
	switch {
	case how == "_":
		return "_x" + strconv.Itoa(n)
	case n == 1:
		return how
	}
	return how + " _x" + strconv.Itoa(n-1)
}

// repeat writes n samples that start at a value and grow.
func repeat(from, by float64, n int) string {
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
	rest := "x" + strconv.Itoa(n-1)
	switch {
	case n == 1:
		return text(from)
	case by > 0:
		return text(from) + "+" + text(by) + rest
	case by < 0:
		return text(from) + text(by) + rest
	}
	return text(from) + rest
}

func number(v any) (float64, error) { return strconv.ParseFloat(fmt.Sprint(v), 64) }

// quiet is the last moment without the fault.
func (c *course) quiet() string { return short(c.length[0] - c.step) }

// fault is a moment so long after the first sample with the fault.
func (c *course) fault(text string) (string, error) { return c.moment(c.length[0], text) }

// after is a moment so long after the first sample without the fault.
func (c *course) after(text string) (string, error) {
	return c.moment(c.length[0]+c.length[1], text)
}

func (c *course) moment(from time.Duration, text string) (string, error) {
	d, err := parse(text)
	if err != nil {
		return "", err
	}
	return short(from + d), nil
}
