package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	silencesPath = "/api/v2/silences"
	// lookFor bounds the search for the outcome of a broken write.
	lookFor = 5 * time.Second
	// maxSkew is the difference of clocks that is worth a word.
	maxSkew = 30 * time.Second
)

// Act implements [Actor]. One member of the cluster is written to, once.
func (am *alertmanager) Act(ctx context.Context, a Action) (Receipt, error) {
	ctx, c := begin(ctx, "silence")
	if am.readOnly {
		return Receipt{}, &Error{Source: "alertmanager", Kind: ReadOnly, Err: errors.New("this context is read-only, nothing was sent")}
	}
	return am.carryOut(ctx, c, a)
}

// Draft implements [Drafter].
func (am *alertmanager) Draft(ctx context.Context, a Action) (Receipt, error) {
	ctx, c := begin(ctx, "silence")
	c.draft = true
	return am.carryOut(ctx, c, a)
}

func (am *alertmanager) carryOut(ctx context.Context, c *call, a Action) (Receipt, error) {
	switch a := a.(type) {
	case SetSilence:
		return am.set(ctx, c, a.Silence)
	case ExpireSilence:
		c.what = "expire silence"
		return am.expire(ctx, c, a.Silence)
	}
	return Receipt{}, unsupported("alertmanager", a)
}

func (am *alertmanager) set(ctx context.Context, c *call, want Silence) (Receipt, error) {
	member, before, err := am.writable(ctx, c, want.ID)
	if err != nil {
		return Receipt{}, err
	}
	w := wire(want)
	if before != nil {
		w.keep(before, want)
	} else if here := am.now(); !want.StartsAt.After(here) {
		// Now, by the server's clock: it moves a past start to its own present,
		// but one that is ahead of its clock would leave the alert loud until then.
		w.StartsAt = wireTime(cmp.Or(c.clock(), here).Add(-time.Second))
	}
	body, err := visibleJSON(w)
	if err != nil {
		return Receipt{}, &Error{Source: "alertmanager", Kind: BadQuery, Err: fmt.Errorf("silence: %w", err)}
	}
	r := Receipt{Request: member.curl(http.MethodPost, silencesPath, body), Amtool: member.amtoolSet(&w, before)}
	if c.draft {
		r.ID = w.ID
		return r, nil
	}
	var reply struct{ SilenceID string }
	sent, err := member.write(ctx, c, http.MethodPost, silencesPath, body, &reply)
	if err == nil && reply.SilenceID == "" {
		err = &Error{Source: "alertmanager", Kind: Failed, Err: errors.New("silence: the answer names no silence")}
	}
	if err != nil {
		if !sent || !uncertain(err) {
			return r, err
		}
		if reply.SilenceID, err = am.made(ctx, member, &w, err); err != nil {
			return r, err
		}
	}
	r.ID = Clean(reply.SilenceID)
	r.Undo, r.Note = undoSet(w.silence(), before, reply.SilenceID)
	if skew := c.clock().Sub(am.now()); !c.clock().IsZero() && skew.Abs() > maxSkew {
		r.Note = strings.TrimPrefix(r.Note+fmt.Sprintf("; the server's clock is %s off ours", skew.Abs().Round(time.Second)), "; ")
	}
	return r, nil
}

// undoSet is what takes a silence back, and what there is to say about its id.
func undoSet(made Silence, before *wireSilence, id string) (Action, string) {
	made.ID = id
	if before == nil {
		return ExpireSilence{made}, ""
	}
	old := before.silence()
	if old.State == "expired" {
		return ExpireSilence{made}, fmt.Sprintf("silence %s had expired, %s is a new one", Clean(old.ID), Clean(id))
	}
	note := ""
	if id != old.ID {
		note = fmt.Sprintf("the server expired silence %s and made %s in its place", Clean(old.ID), Clean(id))
	}
	old.ID, old.State = id, ""
	return SetSilence{old}, note
}

func (am *alertmanager) expire(ctx context.Context, c *call, s Silence) (Receipt, error) {
	if s.ID == "" {
		return Receipt{}, &Error{Source: "alertmanager", Kind: BadQuery, Err: errors.New("expire silence: it has no id")}
	}
	member, before, err := am.writable(ctx, c, s.ID)
	if err != nil {
		return Receipt{}, err
	}
	at := silencePath(s.ID)
	r := Receipt{ID: Clean(s.ID), Request: member.curl(http.MethodDelete, at, nil), Amtool: member.amtool("expire", shellQuoted(Clean(s.ID)))}
	old := before.silence()
	if old.State == "expired" {
		r.Note = "it had expired before"
		return r, nil
	}
	if c.draft {
		return r, nil
	}
	if sent, err := member.write(ctx, c, http.MethodDelete, at, nil, nil); err != nil {
		if !sent || !uncertain(err) {
			return r, err
		}
		if err := am.ended(ctx, member, s.ID, err); err != nil {
			return r, err
		}
	}
	if old.State == "active" {
		old.StartsAt = time.Time{}
	}
	old.ID, old.State = "", ""
	r.Undo = SetSilence{old}
	return r, nil
}

func silencePath(id string) string { return "/api/v2/silence/" + url.PathEscape(id) }

// writable finds the first member that answers, and with an id the silence as
// that member has it. Those that did not answer lately are tried last.
func (am *alertmanager) writable(ctx context.Context, c *call, id string) (*transport, *wireSilence, error) {
	var order, last []*transport
	for i, m := range am.members {
		if am.silent[i].Load() {
			last = append(last, m)
		} else {
			order = append(order, m)
		}
	}
	var first error
	for _, m := range append(order, last...) {
		var err error
		if id == "" {
			var status struct{ Cluster struct{ Status string } }
			if err = m.ask(ctx, c, http.MethodGet, "/api/v2/status", nil, nil, &status); err == nil {
				return m, nil, nil
			}
		} else {
			var s wireSilence
			if err = m.ask(ctx, c, http.MethodGet, silencePath(id), nil, nil, &s); err == nil {
				return m, &s, nil
			}
			var e *Error
			if errors.As(err, &e) && e.Status == http.StatusNotFound {
				err = &Error{Source: m.kind, Kind: BadQuery, Status: e.Status, Err: fmt.Errorf("%s: %s has no silence %s", c.what, m.base.Host, Clean(id))}
			}
		}
		if first == nil {
			first = err
		}
	}
	return nil, nil, first
}

// write sends a request that changes the server, and says whether anything of
// it may have left this machine.
func (t *transport) write(ctx context.Context, c *call, method, at string, body []byte, into any) (sent bool, err error) {
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	err = t.ask(ctx, c, method, at, nil, body, into)
	return wrote.Load(), err
}

// uncertain says whether a write that failed so may have been carried out all
// the same: no answer, half of one, or one of a gateway before the server.
func uncertain(err error) bool {
	var e *Error
	return !errors.As(err, &e) || e.Status == 0 || e.Status >= 500
}

// made looks for a silence whose making was not confirmed, and gives its id. If
// it is not there, the error says so; if that cannot be found out, it says that.
func (am *alertmanager) made(ctx context.Context, member *transport, w *wireSilence, cause error) (string, error) {
	id := ""
	known := am.look(ctx, func(ctx context.Context, c *call, m *transport) (done, known bool) {
		var all []wireSilence
		if m.ask(ctx, c, http.MethodGet, silencesPath, nil, nil, &all) != nil {
			return false, false
		}
		for i := range all {
			if w.became(&all[i]) {
				id = all[i].ID
				return true, true
			}
		}
		return false, m == member
	})
	if id != "" {
		return id, nil
	}
	return "", lost(cause, known, "the silence was not made", "it is not known whether the silence was made: look at the silences before trying again")
}

// ended looks whether a silence whose end was not confirmed has ended.
func (am *alertmanager) ended(ctx context.Context, member *transport, id string, cause error) error {
	over := false
	known := am.look(ctx, func(ctx context.Context, c *call, m *transport) (done, known bool) {
		var s wireSilence
		if m.ask(ctx, c, http.MethodGet, silencePath(id), nil, nil, &s) != nil {
			return false, false
		}
		over = over || s.silence().State == "expired"
		return over, m == member
	})
	if over {
		return nil
	}
	return lost(cause, known, "the silence was not expired", "it is not known whether the silence was expired: look at the silences before trying again")
}

// look asks the members after each of the pauses until one knows that it is
// done, and says whether the question was answered at all. It goes on when the
// caller has given up: what was sent was sent.
func (am *alertmanager) look(ctx context.Context, ask func(context.Context, *call, *transport) (done, known bool)) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookFor)
	defer cancel()
	ctx, c := begin(ctx, "silences")
	known := false
	for _, pause := range am.settle {
		select {
		case <-ctx.Done():
			return known
		case <-time.After(pause):
		}
		for _, m := range am.members {
			done, k := ask(ctx, c, m)
			if done {
				return true
			}
			known = known || k
		}
	}
	return known
}

// lost is the error of a write whose answer did not come and whose effect was
// not found.
func lost(cause error, known bool, not, unknown string) error {
	e := &Error{Source: "alertmanager", Kind: Failed}
	if was := (*Error)(nil); errors.As(cause, &was) {
		e.Kind, e.Status = was.Kind, was.Status
		cause = was.Err
	}
	if known {
		unknown = not
	}
	e.Err = fmt.Errorf("%w; %s", cause, unknown)
	return e
}

func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// wire is s as the API takes it.
func wire(s Silence) wireSilence {
	w := wireSilence{
		ID: s.ID, StartsAt: wireTime(s.StartsAt), EndsAt: wireTime(s.EndsAt),
		CreatedBy: s.CreatedBy, Comment: s.Comment, Annotations: s.Annotations,
	}
	for _, m := range s.Matchers {
		w.Matchers = append(w.Matchers, wireMatcher{Name: m.Name, Value: m.Value, IsRegex: m.Regex, IsEqual: &m.Equal})
	}
	return w
}

// keep gives w the server's own form of everything that want leaves as before
// has it: only then does the server change the silence in place.
func (w *wireSilence) keep(before *wireSilence, want Silence) {
	if want.StartsAt.IsZero() || want.StartsAt.Truncate(time.Second).Equal(moment(before.StartsAt).Truncate(time.Second)) {
		w.StartsAt = before.StartsAt
	}
	if want.EndsAt.IsZero() {
		w.EndsAt = before.EndsAt
	}
	if len(want.Matchers) == 0 || slices.Equal(sortedMatchers(want.Matchers), sortedMatchers(before.silence().Matchers)) {
		w.Matchers = before.Matchers
	}
	if w.CreatedBy == Clean(before.CreatedBy) {
		w.CreatedBy = before.CreatedBy
	}
	if w.Comment == CleanLines(before.Comment) {
		w.Comment = before.Comment
	}
	if want.Annotations == nil {
		w.Annotations = before.Annotations
		return
	}
	w.Annotations = maps.Clone(w.Annotations)
	for k, v := range before.Annotations {
		if given, ok := w.Annotations[Clean(k)]; ok && given == CleanLines(v) {
			delete(w.Annotations, Clean(k))
			w.Annotations[k] = v
		}
	}
}

func sortedMatchers(ms []Matcher) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.String()
	}
	slices.Sort(out)
	return out
}

// became says whether s is what came of w. A start that was past when it
// arrived has been moved to the server's present.
func (w *wireSilence) became(s *wireSilence) bool {
	a, b := w.silence(), s.silence()
	return b.State != "expired" && slices.Equal(a.Matchers, b.Matchers) && a.CreatedBy == b.CreatedBy && a.Comment == b.Comment &&
		a.EndsAt.Truncate(time.Millisecond).Equal(b.EndsAt.Truncate(time.Millisecond)) && !b.StartsAt.Before(a.StartsAt.Truncate(time.Second))
}
