package ui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
)

// canned are sources of a function.
type canned func(context.Context, sources.Query, sources.Window) (sources.Frame, error)

func (c canned) Query(ctx context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
	return c(ctx, q, w)
}

func (canned) Act(context.Context, sources.Action) (sources.Receipt, error) {
	return sources.Receipt{}, nil
}

func TestOnce(t *testing.T) {
	c := ui.Config{Views: []ui.View{&hosts{}, bells{}}, Open: "hosts web-2", Context: "demo", Kinds: []string{"prometheus"}, Local: time.UTC}
	c.Sources = canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) { return answer(q, w) })
	frame, failed := ui.Once(t.Context(), c, 80, 24)
	if failed || !strings.Contains(frame, `load{host="web-2"}`) || strings.Contains(frame, "\x1b") || len(strings.Split(frame, "\n")) != 24 {
		t.Errorf("failed %t, the frame is\n%s", failed, frame)
	}
	c.Sources = canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
		return refused(q, w)
	})
	frame, failed = ui.Once(t.Context(), c, 80, 24)
	if !failed || !strings.Contains(frame, "connection refused") {
		t.Errorf("failed %t, the frame is\n%s", failed, frame)
	}
}

func TestOnceAsksEverySourceHowItIs(t *testing.T) {
	c := ui.Config{Views: []ui.View{&hosts{}}, Kinds: []string{"alertmanager", "prometheus"}, Context: "demo"}
	c.Sources = canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
		switch q.(type) {
		case sources.AlertmanagerStatus:
			return refused(q, w)
		case sources.PrometheusStatus:
			t.Error("a source that the tab asks anyway is asked how it is")
		}
		return answer(q, w)
	})
	frame, failed := ui.Once(t.Context(), c, 120, 24)
	if failed || !strings.Contains(frame, "✗ alertmanager unreachable") || !strings.Contains(frame, "● prometheus") {
		t.Errorf("failed %t, the frame is\n%s", failed, frame)
	}
}

func TestOnceInTime(t *testing.T) {
	c := ui.Config{Views: []ui.View{&hosts{}}, Kinds: []string{"prometheus"}}
	c.Sources = canned(func(ctx context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
		if q == sources.Query(up) {
			return answer(q, w)
		}
		<-ctx.Done()
		return sources.Frame{}, ctx.Err()
	})
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	frame, failed := ui.Once(ctx, c, 80, 24)
	if !failed || !strings.Contains(frame, "web-1") || !strings.Contains(frame, "waiting for prometheus") {
		t.Errorf("failed %t, the frame is\n%s", failed, frame)
	}
}
