package service

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// leakGoroutines lets goroutines pile up while goroutine-leak is active, and ends them
// after it.
func (d *Demo) leakGoroutines(ctx context.Context) {
	var leaked sync.WaitGroup
	defer leaked.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var end chan struct{}
	for sleep(ctx, time.Second) == nil {
		n := int(d.chaos.Level("goroutine-leak"))
		if n == 0 {
			if end != nil {
				close(end)
				end = nil
			}
			continue
		}
		if end == nil {
			end = make(chan struct{})
		}
		for end := end; n > 0; n-- {
			leaked.Go(func() {
				select {
				case <-end:
				case <-ctx.Done():
				}
			})
		}
	}
}

const (
	mib = 1 << 20
	// maxLeak is what the memory leak keeps at most.
	maxLeak = 256 * mib
	// pressureEvery is how often a leak is told of.
	pressureEvery = 15 * time.Second
)

// leakMemory keeps memory while memory-leak is active, and gives it back after
// it. A process without a memory limit has one meanwhile, somewhat above what the
// leak can reach: the alert compares with it, and the collector works the harder
// the nearer it is.
func (d *Demo) leakMemory(ctx context.Context) {
	var kept [][]byte
	before := int64(0) // the limit that was replaced, 0 for none
	end := func() {
		if kept == nil {
			return
		}
		kept = nil
		if before != 0 {
			debug.SetMemoryLimit(before)
			before = 0
		}
		debug.FreeOSMemory()
	}
	defer end()
	var size, collections int
	var told time.Time
	for sleep(ctx, time.Second) == nil {
		more := int(d.chaos.Level("memory-leak") * mib)
		if more == 0 {
			end()
			continue
		}
		if kept == nil {
			kept, size, told, collections = [][]byte{}, 0, time.Now(), collected()
			debug.FreeOSMemory() // or the leak would first fill what is free
			if limit := debug.SetMemoryLimit(-1); limit == math.MaxInt64 {
				before = debug.SetMemoryLimit(resident()*3/2 + maxLeak)
			}
		}
		if more = min(more, maxLeak-size); more > 0 {
			piece := make([]byte, more)
			for i := 0; i < len(piece); i += 4096 {
				piece[i] = 1 // a page is not resident until it is written
			}
			kept, size = append(kept, piece), size+more
		}
		if time.Since(told) >= pressureEvery {
			n := collected()
			d.logPressure(n-collections, time.Since(told))
			told, collections = time.Now(), n
		}
	}
}

func collected() int {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	return int(stats.NumGC)
}

func (d *Demo) logPressure(collections int, over time.Duration) {
	used, limit := resident(), debug.SetMemoryLimit(-1)
	d.journal.write(&line{
		Level: "warn", Event: event{Dataset: app, Category: []string{"process"}, Action: "gc-pressure", Outcome: "unknown"},
		Message: fmt.Sprintf("memory is at %d of %d MiB, %d collections in %s", used/mib, limit/mib, collections, over.Round(time.Second)),
		Labels:  labels{"chaos": "memory-leak"},
	})
}

// resident is how much memory of this process is resident, in bytes; where the
// system does not say, what the runtime has of it.
func resident() int64 {
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(text); len(fields) > 1 {
			if pages, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

const (
	// lowered is the limit of open files while they leak, unless the process has
	// more than a quarter of it open already.
	lowered = 1024
	// filled is the share of the limit that the leak fills. The rest is for the
	// servers in the same process: they go on.
	filled = .86
)

// leakFiles keeps files open while fd-leak is active, under a limit that is
// lowered for that time, and closes them after it.
func (d *Demo) leakFiles(ctx context.Context) {
	var kept []*os.File
	var restore func()
	end := func() {
		if restore == nil {
			return
		}
		for _, f := range kept {
			_ = f.Close()
		}
		restore()
		kept, restore = nil, nil
	}
	defer end()
	limit := 0
	for sleep(ctx, time.Second) == nil {
		more := int(math.Ceil(d.chaos.Level("fd-leak")))
		if more == 0 {
			end()
			continue
		}
		open, err := openFiles()
		if err == nil && restore == nil {
			limit, restore, err = lowerFileLimit(max(lowered, 4*open))
		}
		if err != nil {
			d.journal.write(&line{
				Level: "warn", Message: "fd-leak does nothing here: " + err.Error(),
				Event: event{Dataset: app, Action: "chaos-failed", Outcome: "failure"}, Labels: labels{"chaos": "fd-leak"},
			})
			_ = sleep(ctx, time.Minute)
			continue
		}
		room := int(filled*float64(limit)) - open
		for ; room < 0 && len(kept) > 0; room++ {
			_ = kept[len(kept)-1].Close()
			kept = kept[:len(kept)-1]
		}
		for range min(room, more) {
			f, err := os.Open(os.DevNull)
			if err != nil {
				break
			}
			kept = append(kept, f)
		}
	}
}
