package sources

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// ranges is a Prometheus that knows range queries only. Every expression has
// some series whose values, gaps, births and deaths follow from their names, and
// a part of whose samples arrives up to two steps late.
type ranges struct {
	series int
	now    atomic.Int64 // Unix milliseconds
	asked  atomic.Int64
}

func (p *ranges) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	type series struct {
		Metric map[string]string `json:"metric"`
		Values [][2]any          `json:"values"`
	}
	at := func(name string) int64 {
		s, err := strconv.ParseFloat(r.FormValue(name), 64)
		if err != nil {
			http.Error(w, fmt.Sprintf(`{"status":"error","errorType":"bad_data","error":"%s"}`, err), 400)
		}
		return int64(math.Round(s * 1000))
	}
	step, expr, result := at("step"), r.FormValue("query"), []series{}
	for i := range p.series {
		s := series{Metric: map[string]string{"__name__": expr, "instance": fmt.Sprint(i)}}
		for t := at("start"); t <= at("end"); t += step {
			if v, ok := p.value(expr, i, t, step); ok {
				s.Values = append(s.Values, [2]any{float64(t) / 1000, strconv.FormatFloat(v, 'f', -1, 64)})
			}
		}
		if s.Values != nil {
			result = append(result, s)
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "matrix", "result": result}})
}

func (p *ranges) value(expr string, i int, t, step int64) (float64, bool) {
	noise := func(n int64) uint64 {
		h := fnv.New64a()
		fmt.Fprint(h, expr, i, n)
		return h.Sum64()
	}
	if i > 0 && noise(t/900_000)%5 == 0 { // Gone for a quarter of an hour.
		return 0, false
	}
	if t > p.now.Load()-2*step {
		switch noise(t/step) % 7 {
		case 0: // Not there yet.
			return 0, false
		case 1: // Not all of it.
			return -1, true
		}
	}
	return float64(noise(t/1000)%10_000) / 100, true
}

func (p *ranges) open(t testing.TB) *prometheus {
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	src, err := newPrometheus(Options{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	src.(*prometheus).now = func() time.Time { return time.UnixMilli(p.now.Load()) }
	return src.(*prometheus)
}

// TestWindowCacheEqualsServer moves, pans and zooms at random, and compares
// each answer with that of a source that holds nothing.
func TestWindowCacheEqualsServer(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			server := &ranges{series: 5}
			held := server.open(t)
			server.now.Store(time.Date(2026, 11, 22, 12, 0, 7, 0, time.UTC).UnixMilli())
			rng := rand.New(rand.NewPCG(seed, 7))
			spans := []time.Duration{10 * time.Minute, 20 * time.Minute, time.Hour, 3 * time.Hour}
			span, back, kept, whole := spans[1], time.Duration(0), 0, 0
			for i := range 150 {
				switch rng.IntN(10) {
				case 0:
					span = spans[rng.IntN(len(spans))]
				case 1, 2:
					back = max(0, back+time.Duration(rng.IntN(41)-20)*span/16)
				case 3:
					back = 0
				case 4:
					server.now.Add(int64(rng.IntN(20)) * 60_000)
				default:
					server.now.Add(60_000)
				}
				end := time.UnixMilli(server.now.Load()).Add(-back)
				q := PromQL{Expr: []string{"a", "b"}[rng.IntN(2)], Legend: "{{instance}}"}
				if rng.IntN(4) == 0 {
					q.Span = 5 * time.Minute
				}
				w := At(end, span, 60, back == 0)
				got, err := held.Query(t.Context(), q, w)
				if err != nil {
					t.Fatal(err)
				}
				fresh := &prometheus{t: held.t, api: held.api, now: held.now}
				want, err := fresh.Query(t.Context(), q, w)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got.Series, want.Series) {
					t.Fatalf("step %d, %v over %v (%v back): %s", i, q, span, back, firstDifference(got.Series, want.Series))
				}
				kept += got.Cost.Samples
				whole += want.Cost.Samples
			}
			if kept*4 > whole*3 {
				t.Errorf("%d samples were fetched, %d without the cache", kept, whole)
			}
		})
	}
}

func firstDifference(got, want []Series) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d series, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Sprintf("%s\n got %v\nwant %v", got[i].Legend, got[i].Points, want[i].Points)
		}
	}
	return "none"
}

// TestWindowCacheAsks follows a live window and counts what is asked.
func TestWindowCacheAsks(t *testing.T) {
	server := &ranges{series: 1}
	p := server.open(t)
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ask := func(after time.Duration, expr string, span time.Duration, end time.Duration) (requests, samples int) {
		t.Helper()
		server.now.Store(start.Add(after).UnixMilli())
		f, err := p.Query(t.Context(), PromQL{Expr: expr}, At(start.Add(end), span, 240, true))
		if err != nil {
			t.Fatal(err)
		}
		return f.Cost.Requests, f.Cost.Samples
	}
	tests := []struct {
		name              string
		after             time.Duration
		expr              string
		span, end         time.Duration
		requests, samples int
	}{
		{"first", 0, "x", time.Hour, 0, 1, 241},
		{"same step", 5 * time.Second, "x", time.Hour, 0, 0, 0},
		{"next step", 15 * time.Second, "x", time.Hour, 15 * time.Second, 1, 3},
		{"three steps later", time.Minute, "x", time.Hour, time.Minute, 1, 5},
		{"panned back", time.Minute, "x", time.Hour, -14 * time.Minute, 1, 56},
		{"live again", 75 * time.Second, "x", time.Hour, 75 * time.Second, 1, 3},
		{"zoomed", 75 * time.Second, "x", 30 * time.Minute, 75 * time.Second, 1, 181},
		{"zoomed back", 75 * time.Second, "x", time.Hour, 75 * time.Second, 0, 0},
		{"whole after five minutes", 5 * time.Minute, "x", time.Hour, 5 * time.Minute, 1, 241},
		{"far away", 5 * time.Minute, "x", time.Hour, -5 * time.Hour, 1, 241},
		{"depends on the ends", 5 * time.Minute, "x @ end()", time.Hour, 5 * time.Minute, 1, 241},
		{"depends on the ends still", 5 * time.Minute, "x @ end()", time.Hour, 5 * time.Minute, 1, 241},
	}
	for _, tt := range tests {
		requests, samples := ask(tt.after, tt.expr, tt.span, tt.end)
		// Births and gaps take some samples away.
		if requests != tt.requests || samples > tt.samples || samples < tt.samples-3 {
			t.Errorf("%s: %d requests for %d samples, want %d for %d", tt.name, requests, samples, tt.requests, tt.samples)
		}
	}
}

// TestWindowCacheFollows follows a live window for ten minutes: that is cheap,
// and no frame changes after it was returned.
func TestWindowCacheFollows(t *testing.T) {
	server := &ranges{series: 3}
	p := server.open(t)
	start := time.Date(2026, 11, 22, 12, 0, 7, 0, time.UTC)
	type seen struct{ frame, copy []Series }
	var all []seen
	samples := 0
	for i := range 40 {
		now := start.Add(time.Duration(i) * 15 * time.Second)
		server.now.Store(now.UnixMilli())
		f, err := p.Query(t.Context(), PromQL{Expr: "x"}, At(now, time.Hour, 240, true))
		if err != nil {
			t.Fatal(err)
		}
		samples += f.Cost.Samples
		var c []Series
		for _, s := range f.Series {
			s.Points = append([]Point(nil), s.Points...)
			c = append(c, s)
			_ = append(f.Series[0].Points, Point{T: -1}) // A reader that appends must not reach the cache.
		}
		all = append(all, seen{f.Series, c})
	}
	if whole := 40 * 241 * 3; samples > whole/8 {
		t.Errorf("%d samples were fetched for 40 refreshes, %d without the cache", samples, whole)
	}
	for i, s := range all {
		if !reflect.DeepEqual(s.frame, s.copy) {
			t.Fatalf("frame %d was changed: %s", i, firstDifference(s.frame, s.copy))
		}
	}
}

func TestWindowCacheBound(t *testing.T) {
	var ws windows
	w := At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), time.Hour, 240, true)
	read := func(i, points int) (asked bool) {
		_, err := ws.read(fmt.Sprint("q", i), w, w.End, func(from, to time.Time) (answer, error) {
			asked = true
			l := line{points: make([]Point, points)}
			for j := range l.points {
				l.points[j].T = from.UnixMilli() + int64(j)
			}
			return answer{lines: lines{1: l}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	for i := range 20 {
		read(i, maxHeld/10)
		read(0, 0)
	}
	if ws.samples > maxHeld || len(ws.held) != 10 {
		t.Errorf("%d samples of %d expressions are held", ws.samples, len(ws.held))
	}
	if read(0, 0) || !read(5, maxHeld/10) {
		t.Error("the least recently used was not the one to go")
	}
	read(100, maxHeld)
	if ws.samples > maxHeld {
		t.Errorf("one answer fills the cache with %d samples", ws.samples)
	}
}

// BenchmarkRefresh is one refresh of 14 panels over an hour in steps of 15 s,
// each refresh one step later than the one before.
func BenchmarkRefresh(b *testing.B) {
	for _, cached := range []bool{true, false} {
		b.Run(map[bool]string{true: "window cache", false: "whole window"}[cached], func(b *testing.B) {
			server := &ranges{series: 4}
			p := server.open(b)
			now := time.Date(2026, 11, 22, 12, 0, 7, 0, time.UTC)
			refresh := func() (c Cost) {
				server.now.Store(now.UnixMilli())
				for i := range 14 {
					if !cached {
						p.held = windows{}
					}
					f, err := p.Query(b.Context(), PromQL{Expr: fmt.Sprintf("panel%d", i)}, At(now, time.Hour, 240, true))
					if err != nil {
						b.Fatal(err)
					}
					c.Requests += f.Cost.Requests
					c.Bytes += f.Cost.Bytes
					c.Samples += f.Cost.Samples
				}
				now = now.Add(15 * time.Second)
				return c
			}
			refresh()
			var all Cost
			for b.Loop() {
				c := refresh()
				all.Bytes += c.Bytes
				all.Samples += c.Samples
			}
			b.ReportMetric(float64(all.Samples)/float64(b.N), "samples/op")
			b.ReportMetric(float64(all.Bytes)/float64(b.N), "bytes/op")
		})
	}
}
