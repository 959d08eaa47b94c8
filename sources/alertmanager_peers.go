package sources

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// word is what one member of a cluster said; nothing, where the peer has an error.
type word[T any] struct {
	peer Peer
	said T
}

// answers are the words of the members that answered.
func answers[T any](words []word[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, w := range words {
			if w.peer.Err == "" && !yield(w.said) {
				return
			}
		}
	}
}

// peers are the members without what they said.
func peers[T any](words []word[T]) []Peer {
	out := make([]Peer, len(words))
	for i, w := range words {
		out[i] = w.peer
	}
	return out
}

// absent names the members that did not answer.
func absent[T any](words []word[T]) []string {
	var out []string
	for _, w := range words {
		if w.peer.Err != "" {
			out = append(out, fmt.Sprintf("peer %s: %s", w.peer.Name, w.peer.Err))
		}
	}
	return out
}

// everywhere asks all members at once and gives their words in the order of the
// members. A member that does not answer, or not soon after the others, is a
// peer with an error; only when none does it is an error, that of the first.
func everywhere[T any](ctx context.Context, am *alertmanager, c *call, path string, params url.Values) ([]word[T], error) {
	words, errs := make([]word[T], len(am.members)), make([]error, len(am.members))
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for i, m := range am.members {
		wg.Go(func() {
			mine, own := begin(within, c.what)
			w := &words[i]
			w.peer.Name = m.base.Host
			if a, ok := any(&w.said).(*alertsAnswer); ok {
				a.told = &am.told[i]
			}
			if errs[i] = m.ask(mine, own, http.MethodGet, path, params, nil, &w.said); errs[i] == nil {
				time.AfterFunc(am.grace, cancel)
			}
			w.peer.Time = own.clock()
			c.include(own)
			am.silent[i].Store(errs[i] != nil)
		})
	}
	wg.Wait()
	failures := 0
	for i, err := range errs {
		switch {
		case err == nil:
			continue
		case errors.Is(err, context.Canceled) && ctx.Err() == nil:
			words[i].peer.Err = fmt.Sprintf("no answer within %s after the others", am.grace)
		default:
			words[i].peer.Err = strings.TrimPrefix(err.Error(), "alertmanager: ")
		}
		failures++
	}
	if failures == len(words) {
		return nil, errs[0]
	}
	return words, nil
}
