package hostsim

import (
	"fmt"
	"time"
)

// Event is a line that the kernel of a simulated host writes.
type Event struct {
	Host, Action, Level, Message string
}

// again is how often a kernel repeats what goes on.
const again = 30 * time.Second

// complaint is what a fault makes a kernel write. The text is given a number
// that differs from line to line.
type complaint struct {
	fault, host, action, level string
	text                       func(n int) string
}

var complaints = []complaint{
	{"oom", webHost, "oom-kill", "error", func(n int) string {
		return fmt.Sprintf("Out of memory: Killed process %d (gunicorn) total-vm:%dkB, anon-rss:%dkB, file-rss:0kB, shmem-rss:4096kB, UID:33 pgtables:9120kB oom_score_adj:0",
			2100+7*n, 5_100_000+n*312, 4_600_000+n*208)
	}},
	{"mem", webHost, "page-allocation-failure", "warn", func(n int) string {
		return fmt.Sprintf("kworker/u8:%d: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), nodemask=(null)", n%4)
	}},
	{"thrash", webHost, "task-blocked", "error", func(n int) string {
		return fmt.Sprintf("INFO: task gunicorn:%d blocked for more than 122 seconds.", 2100+7*n)
	}},
	{"load", webHost, "perf-throttled", "warn", func(n int) string {
		return fmt.Sprintf("perf: interrupt took too long (%d > %d), lowering kernel.perf_event_max_sample_rate to %d", 2503+n*627, 2500+n*626, max(1000, 79750-n*15750))
	}},
	{"disk-fill", dbHost, "filesystem-low", "warn", lowSpace},
	{"disk-full", dbHost, "filesystem-low", "error", lowSpace},
	{"io-queue", dbHost, "io-timeout", "warn", func(n int) string {
		return fmt.Sprintf("nvme nvme1: I/O tag %d (%d%03x) QID %d timeout, completion polled", 100+n*37%900, n%7+1, 100+n*37%900, n%8+1)
	}},
	{"gpu-xid", gpuHost, "gpu-xid", "error", func(int) string {
		return "NVRM: Xid (PCI:0000:00:1f): 79, GPU has fallen off the bus."
	}},
}

func lowSpace(n int) string {
	return fmt.Sprintf("XFS (nvme1n1): Per-AG reservation for AG %d failed.  Filesystem may run out of space.", n%4)
}

// Watch has the kernels write what there is to say of the faults that are
// active. Call it about once a second.
func (s *Sim) Watch() {
	if s.opts.Kernel == nil {
		return
	}
	now := s.opts.Now()
	var events []Event
	s.mu.Lock()
	for i, c := range complaints {
		said := &s.said[i]
		switch {
		case s.opts.Level(c.fault) == 0:
			said.at = time.Time{}
		case now.Sub(said.at) >= again:
			said.at = now
			events = append(events, Event{c.host, c.action, c.level, c.text(said.n)})
			said.n++
		}
	}
	s.mu.Unlock()
	for _, e := range events {
		s.opts.Kernel(e)
	}
}

// said is when a complaint was last written, and how often.
type said struct {
	at time.Time
	n  int
}
