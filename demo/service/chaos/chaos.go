// Package chaos decides which faults are active in the demo and how strongly.
// Whoever can misbehave asks [Controller.Level]; nobody is told. Every fault
// ends by itself. Only the demo imports it.
package chaos

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of how long a fault may last.
const (
	DefaultDuration = 3 * time.Minute
	MaxDuration     = 30 * time.Minute
)

// Fault is something that can be broken on purpose. Intensity means what Unit
// says and lies in (0, Max].
type Fault struct {
	Name    string  `json:"fault"`
	Help    string  `json:"help"`
	Unit    string  `json:"unit"`
	Default float64 `json:"default"`
	Max     float64 `json:"max"`
	// Embedded says that the fault breaks a server around the service, which only
	// the demo in one process can do.
	Embedded bool `json:"embedded,omitempty"`
}

// Faults lists all faults, in the order they are shown.
var Faults = []Fault{
	{"error-burst", "predictions fail with 500", "share of requests", .5, 1, false},
	{"latency", "feature lookups, and above one second the model too, take longer", "milliseconds", 700, 10_000, false},
	{"queue", "one worker instead of eight, and a slower model", "share", 1, 1, false},
	{"drift", "amounts times three, more foreign cards", "share of the shift", 1, 1, false},
	{"concept-drift", "what is fraud changes, the inputs do not", "share of the change", 1, 1, false},
	{"rollback", "the previous model answers", "on", 1, 1, false},
	{"version-skew", "a second replica answers with the previous model", "on", 1, 1, false},
	{"canary", "a bad version takes part of the traffic", "share of requests", .1, 1, false},
	{"missing-feature", "the feature store loses device ages", "share of values", .2, 1, false},
	{"skew", "serving computes amounts otherwise than training did", "share of 35 %", 1, 1, false},
	{"labels-stop", "no ground truth arrives", "on", 1, 1, false},
	{"model-stop", "the model is skipped, a rule of thumb answers", "on", 1, 1, false},
	{"model-stale", "an artefact of 31 days ago is in front", "on", 1, 1, false},
	{"traffic-stop", "callers stop calling", "on", 1, 1, false},
	{"cpu-burn", "processor time of this machine and of a simulated host is burnt", "share of all cores", 1, 1, false},
	{"memory-leak", "the service keeps memory, at most 256 MiB of it", "MiB a second", 2, 16, false},
	{"goroutine-leak", "goroutines pile up", "goroutines a second", 40, 200, false},
	{"fd-leak", "files stay open, under a lowered limit", "files a second", 12, 100, false},
	{"disk-fill", "a simulated disk fills within minutes", "share", 1, 1, false},
	{"disk-full", "a simulated disk is at 96 %", "on", 1, 1, false},
	{"io-queue", "a simulated disk is saturated", "share", 1, 1, false},
	{"mem", "a simulated host runs out of memory", "share", 1, 1, false},
	{"oom", "a simulated kernel kills a process", "on", 1, 1, false},
	{"thrash", "a simulated host stalls on memory", "share", 1, 1, false},
	{"load", "a simulated host has four tasks per core", "share", 1, 1, false},
	{"net-errors", "a simulated network card drops packets", "share", 1, 1, false},
	{"clock-skew", "a simulated clock is off", "share of 200 ms", 1, 1, false},
	{"node-down", "a simulated host does not answer", "on", 1, 1, false},
	{"gpu-hot", "a simulated GPU overheats", "share", 1, 1, false},
	{"gpu-xid", "a simulated GPU reports XID 79", "on", 1, 1, false},
	{"gpu-full", "a simulated GPU is out of memory", "share", 1, 1, false},
	{"logs-stop", "log lines do not reach their store", "on", 1, 1, false},
	{"probe-stop", "the log probe hangs up on everybody", "on", 1, 1, false},
	{"notify-fail", "chat refuses notifications", "on", 1, 1, false},
	{"alertmanager-stop", "Alertmanager is down", "on", 1, 1, true},
	{"rule-broken", "Prometheus gets a rule it cannot read", "on", 1, 1, true},
	{"alertmanager-config-broken", "Alertmanager gets a route to nowhere", "on", 1, 1, true},
}

// Names returns the names of all faults.
func Names() []string {
	names := make([]string, len(Faults))
	for i, f := range Faults {
		names[i] = f.Name
	}
	return names
}

// Request asks for a fault. The zero value of a field stands for its default.
type Request struct {
	Intensity *float64
	Duration  time.Duration
	Ramp      time.Duration // from nothing to the full intensity
}

// Active is a fault that is under way.
type Active struct {
	Fault     string    `json:"fault"`
	Intensity float64   `json:"intensity"`
	Unit      string    `json:"unit"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
	// Ramp is the time from nothing to the full intensity, in nanoseconds.
	Ramp time.Duration `json:"ramp,omitempty"`
}

// ErrUnknown is wrapped by the error for a fault that does not exist.
var ErrUnknown = errors.New("unknown fault")

// Controller knows the active faults. It is safe for concurrent use.
type Controller struct {
	now    func() time.Time
	notify func(started bool, a Active)
	refuse func(Fault) error // nil refuses none

	mu     sync.Mutex
	active map[string]Active
}

// New makes a controller on a clock. Notify is called, without a lock held, for
// every start and every end of a fault.
func New(now func() time.Time, notify func(started bool, a Active)) *Controller {
	return &Controller{now: now, notify: notify, active: map[string]Active{}}
}

// Refuse has Start ask whether a fault can be started here; the error says why
// not. Call it before any fault is started.
func (c *Controller) Refuse(why func(Fault) error) { c.refuse = why }

// Start begins a fault, or begins it anew when it is active. The error says
// what may be asked for.
func (c *Controller) Start(name string, r Request) (Active, error) {
	i := slices.IndexFunc(Faults, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		return Active{}, fmt.Errorf("%w %q: there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	f, now := Faults[i], c.now()
	if c.refuse != nil {
		if err := c.refuse(f); err != nil {
			return Active{}, fmt.Errorf("%s cannot be started here: %w", name, err)
		}
	}
	a := Active{Fault: name, Intensity: f.Default, Unit: f.Unit, Since: now, Ramp: r.Ramp}
	if r.Intensity != nil {
		a.Intensity = *r.Intensity
	}
	duration := cmp.Or(r.Duration, DefaultDuration)
	switch {
	case math.IsNaN(a.Intensity) || a.Intensity <= 0 || a.Intensity > f.Max:
		return Active{}, fmt.Errorf("intensity of %s is %g, want more than 0 and at most %g (%s)", name, a.Intensity, f.Max, f.Unit)
	case duration < time.Second || duration > MaxDuration:
		return Active{}, fmt.Errorf("duration of %s is %s, want 1s to %s", name, duration, MaxDuration)
	case r.Ramp < 0 || r.Ramp > duration:
		return Active{}, fmt.Errorf("ramp of %s is %s, want at most its duration %s", name, r.Ramp, duration)
	}
	a.Until = now.Add(duration)
	c.mu.Lock()
	c.active[name] = a
	c.mu.Unlock()
	c.notify(true, a)
	return a, nil
}

// Stop ends a fault, or all of them when the name is empty, and returns how
// many were active.
func (c *Controller) Stop(name string) int {
	return c.end(func(a Active) bool { return name == "" || a.Fault == name })
}

// Expire ends the faults whose time is over. Call it about once a second.
func (c *Controller) Expire() {
	now := c.now()
	c.end(func(a Active) bool { return !now.Before(a.Until) })
}

func (c *Controller) end(which func(Active) bool) int {
	var ended []Active
	c.mu.Lock()
	for name, a := range c.active {
		if which(a) {
			ended = append(ended, a)
			delete(c.active, name)
		}
	}
	c.mu.Unlock()
	sortActive(ended)
	for _, a := range ended {
		c.notify(false, a)
	}
	return len(ended)
}

// Level returns the intensity of a fault at this moment: 0 when it is not
// active, less than its intensity while it ramps up.
func (c *Controller) Level(name string) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.active) == 0 {
		return 0
	}
	a, ok := c.active[name]
	if !ok {
		return 0
	}
	now := c.now()
	switch since := now.Sub(a.Since); {
	case !now.Before(a.Until):
		return 0
	case since < a.Ramp:
		return a.Intensity * float64(since) / float64(a.Ramp)
	}
	return a.Intensity
}

// On tells whether a fault is active, be it at the foot of its ramp.
func (c *Controller) On(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.active[name]
	return ok && c.now().Before(a.Until)
}

// Active returns the active faults, oldest first.
func (c *Controller) Active() []Active {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Active, 0, len(c.active))
	for _, a := range c.active {
		if now.Before(a.Until) {
			list = append(list, a)
		}
	}
	sortActive(list)
	return list
}

func sortActive(list []Active) {
	slices.SortFunc(list, func(a, b Active) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Fault, b.Fault))
	})
}
