package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// Peer is a member of a cluster with all that is known of it.
type Peer struct {
	sources.Peer
	// Skew is how far its clock is ahead of ours, negative when it is behind; only
	// where Timed is true.
	Skew  time.Duration
	Timed bool
	// Missing are the silences that it lacks, as far as the others tell of them.
	Missing []sources.Silence
}

// Label is the peer's name with its cluster's, where there are several.
func (p *Peer) Label() string { return strings.TrimPrefix(p.Cluster+" "+p.Name, " ") }

// Peers joins what the answers about alerts, silences and the status say of the
// members, by cluster and name. The newest error counts: a member that answered
// the last question is there.
func Peers(answer func(sources.Query) Answer) []Peer {
	type key struct{ cluster, name string }
	byKey := map[key]*Peer{}
	var order []key
	newest := map[key]time.Time{}
	known := answer(silences)
	byID := map[string]*sources.Silence{}
	for i := range known.Frame.Silences {
		s := &known.Frame.Silences[i]
		byID[s.Cluster+"\x00"+s.ID] = s
	}
	for i, a := range []Answer{answer(manager), answer(alerts), known} {
		for _, p := range a.Frame.Peers {
			k := key{p.Cluster, p.Name}
			have := byKey[k]
			if have == nil {
				have = &Peer{Peer: sources.Peer{Cluster: p.Cluster, Name: p.Name}}
				byKey[k] = have
				order = append(order, k)
			}
			have.Version, have.Health = cmp.Or(have.Version, p.Version), cmp.Or(have.Health, p.Health)
			if !a.At.Before(newest[k]) {
				have.Err, newest[k] = p.Err, a.At
			}
			if !p.Time.IsZero() && p.Err == "" {
				have.Skew, have.Timed, have.Time = p.Time.Sub(a.At), true, p.Time
			}
			if i < 2 {
				continue
			}
			for _, id := range p.Lacks {
				have.Lacks = append(have.Lacks, id)
				if s := byID[p.Cluster+"\x00"+id]; s != nil {
					have.Missing = append(have.Missing, *s)
				}
			}
		}
	}
	out := make([]Peer, len(order))
	for i, k := range order {
		out[i] = *byKey[k]
	}
	slices.SortStableFunc(out, func(a, b Peer) int {
		return cmp.Or(strings.Compare(a.Cluster, b.Cluster), strings.Compare(a.Name, b.Name))
	})
	return out
}

// cluster looks at the members: who is there, in which version, and whether they
// know the same.
func cluster(_ time.Time, answer func(sources.Query) Answer) []Finding {
	a := answer(alerts)
	if a.Err != nil {
		return unread(Cluster, a, "without Alertmanager nobody is paged: check that it runs and that its address is right")
	}
	if !a.ready() {
		return nil
	}
	peers := Peers(answer)
	members := map[string][]Peer{}
	for _, p := range peers {
		members[p.Cluster] = append(members[p.Cluster], p)
	}
	var out []Finding
	add := func(g Grade, do, format string, args ...any) {
		out = append(out, Finding{Check: Cluster, Grade: g, Text: fmt.Sprintf(format, args...), Do: do})
	}
	for _, p := range peers {
		switch {
		case p.Err != "":
			add(Odd, "pages still come from the others; bring it back before one more fails", "peer %s does not answer: %s", p.Label(), p.Err)
		case p.Health == "settling":
			add(Odd, "it joins its cluster: it should be ready within a minute", "peer %s is still joining its cluster", p.Label())
		}
		if n := len(p.Lacks); n > 0 {
			add(Odd, "it may page for what is silenced: check that the peers reach each other on the cluster port, then set the silences again", "peer %s lacks %s", p.Label(), plural(n, "silence"))
		}
	}
	for _, name := range sorted(members) {
		list := members[name]
		if len(list) < 2 {
			continue
		}
		in := ""
		if name != "" {
			in = " of " + name
		}
		versions, alone := map[string][]Peer{}, 0
		for _, p := range list {
			if p.Version != "" {
				versions[p.Version] = append(versions[p.Version], p)
			}
			if p.Health == "disabled" {
				alone++
			}
		}
		if len(versions) > 1 {
			var parts []string
			for _, v := range sorted(versions) {
				var names []string
				for _, p := range versions[v] {
					names = append(names, p.Name)
				}
				parts = append(parts, v+" on "+strings.Join(names, ", "))
			}
			add(Odd, "finish the upgrade: peers of different versions may not share all that they know", "the peers%s run different versions: %s", in, strings.Join(parts, "; "))
		}
		if alone > 0 {
			add(Odd, "start them with --cluster.peer, or configure them as clusters of their own", "%d of %d peers%s are not clustered: they share no silences", alone, len(list), in)
		}
	}
	signalled := answer(Signals)
	if bad := all(&signalled.Frame, "unrouted", "instance"); len(bad) > 0 {
		add(Odd, "amtool check-config shows why", "Alertmanager runs with an old configuration: %s", named(bad, false))
	}
	if len(out) > 0 {
		return out
	}
	add(Fine, "", "%s", plural(max(len(peers), 1), "peer"))
	return out
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
