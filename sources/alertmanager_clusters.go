package sources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// clusters asks several clusters at once and writes to the one that an action
// names.
type clusters struct {
	names []string
	of    map[string]*alertmanager
}

func newClusters(o Options) (Source, error) {
	all := &clusters{of: map[string]*alertmanager{}, names: slices.Sorted(maps.Keys(o.Clusters))}
	for name, one := range o.Clusters {
		if len(one.Clusters) > 0 {
			return nil, fmt.Errorf("cluster %s: a cluster has no clusters of its own", name)
		}
		one.ReadOnly = o.ReadOnly || one.ReadOnly
		am, err := newCluster(one)
		if err != nil {
			return nil, fmt.Errorf("cluster %s: %w", name, err)
		}
		all.of[name] = am
	}
	return all, nil
}

// Query implements [Source]. A cluster that does not answer is a note; only when
// none does it is an error, that of the first.
func (cs *clusters) Query(ctx context.Context, q Query, w Window) (Frame, error) {
	if one, ok := q.(AlertmanagerStatus); ok && one.Cluster != "" {
		am, ok := cs.of[one.Cluster]
		if !ok {
			return Frame{}, cs.unknown("status", one.Cluster)
		}
		f, err := am.Query(ctx, AlertmanagerStatus{}, w)
		if err != nil {
			return Frame{}, err
		}
		for i := range f.Peers {
			f.Peers[i].Cluster = one.Cluster
		}
		return f, nil
	}
	frames, errs := make([]Frame, len(cs.names)), make([]error, len(cs.names))
	var wg sync.WaitGroup
	for i, name := range cs.names {
		wg.Go(func() { frames[i], errs[i] = cs.of[name].Query(ctx, q, w) })
	}
	wg.Wait()
	var out Frame
	failures := 0
	for i, name := range cs.names {
		if err := errs[i]; err != nil {
			failures++
			said := strings.TrimPrefix(err.Error(), "alertmanager: ")
			out.Notes = append(out.Notes, "cluster "+name+": "+said)
			for _, m := range cs.of[name].members {
				out.Peers = append(out.Peers, Peer{Cluster: name, Name: m.base.Host, Err: said})
			}
			continue
		}
		out.join(name, &frames[i])
	}
	if failures == len(cs.names) {
		return Frame{}, errs[0]
	}
	slices.SortFunc(out.Alerts, worstFirst)
	slices.SortFunc(out.Silences, nextToEnd)
	return out, nil
}

// join adds what one cluster said, marked with its name. The lists of o but the
// alerts belong to the caller.
func (f *Frame) join(cluster string, o *Frame) {
	o.Alerts = slices.Clone(o.Alerts) // the source keeps them
	for i := range o.Alerts {
		o.Alerts[i].Cluster = cluster
	}
	for i := range o.Silences {
		o.Silences[i].Cluster = cluster
	}
	for i := range o.Groups {
		o.Groups[i].Cluster = cluster
		for k := range o.Groups[i].Alerts {
			o.Groups[i].Alerts[k].Cluster = cluster
		}
	}
	for i := range o.Peers {
		o.Peers[i].Cluster = cluster
	}
	for _, n := range o.Notes {
		f.Notes = append(f.Notes, "cluster "+cluster+": "+n)
	}
	f.Alerts, f.Silences = append(f.Alerts, o.Alerts...), append(f.Silences, o.Silences...)
	f.Groups, f.Peers = append(f.Groups, o.Groups...), append(f.Peers, o.Peers...)
	if s := o.Status; s != nil {
		// One status cannot stand for several clusters but by its worst.
		if f.Status == nil || f.Status.Health == "ready" && s.Health != "ready" {
			f.Status = s
		}
	}
	f.Total += o.Total
	f.Cost.Requests += o.Cost.Requests
	f.Cost.Bytes += o.Cost.Bytes
	f.Cost.Samples += o.Cost.Samples
}

// Draft implements [Drafter].
func (cs *clusters) Draft(ctx context.Context, a Action) (Receipt, error) {
	am, _, err := cs.place(a)
	if err != nil {
		return Receipt{}, err
	}
	return am.Draft(ctx, a)
}

// place is the cluster that an action names.
func (cs *clusters) place(a Action) (am *alertmanager, name string, err error) {
	switch a := a.(type) {
	case SetSilence:
		name = a.Silence.Cluster
	case ExpireSilence:
		name = a.Silence.Cluster
	default:
		return nil, "", unsupported("alertmanager", a)
	}
	am, ok := cs.of[name]
	if !ok {
		return nil, "", cs.unknown("silence", name)
	}
	return am, name, nil
}

// unknown is the error of a name that no cluster has.
func (cs *clusters) unknown(what, name string) error {
	known := strings.Join(cs.names, ", ")
	err := fmt.Errorf("no cluster %q: known are %s", Clean(name), known)
	if name == "" {
		err = errors.New("it names no cluster, and there are several: " + known)
	}
	return &Error{Source: "alertmanager", Kind: BadQuery, What: what, Err: err}
}

// Act implements [Actor].
func (cs *clusters) Act(ctx context.Context, a Action) (Receipt, error) {
	am, name, err := cs.place(a)
	if err != nil {
		return Receipt{}, err
	}
	r, err := am.Act(ctx, a)
	switch undo := r.Undo.(type) {
	case SetSilence:
		undo.Silence.Cluster = name
		r.Undo = undo
	case ExpireSilence:
		undo.Silence.Cluster = name
		r.Undo = undo
	}
	return r, err
}
