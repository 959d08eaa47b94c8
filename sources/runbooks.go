package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// maxDocument bounds a document, in bytes.
const maxDocument = 256 << 10

// Document asks for a text such as a runbook, by the address that an alert
// gives: one that is relative to the source's own base, or a whole one. The
// answer is in Frame.Text.
type Document struct{ URL string }

// Source implements [Query].
func (Document) Source() string { return "runbooks" }

// String implements [Query].
func (q Document) String() string { return q.URL }

var _ = register("runbooks", newRunbooks)

// runbooks reads documents of one site, or of a directory on this machine.
type runbooks struct {
	// dir is the directory; site answers for a base that is an address.
	dir  string
	site *transport
	// elsewhere fetches whole addresses of other hosts, without credentials.
	elsewhere func(at *url.URL) (*transport, error)
}

func newRunbooks(o Options) (Source, error) {
	r := &runbooks{elsewhere: func(at *url.URL) (*transport, error) {
		return newTransport("runbooks", Options{URL: at.Scheme + "://" + at.Host, Timeout: o.Timeout, MaxBytes: maxDocument})
	}}
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxDocument
	}
	if dir, ok := directory(o.URL); ok {
		r.dir = dir
		return r, nil
	}
	var err error
	r.site, err = newTransport("runbooks", o)
	return r, err
}

// directory is the path that a base names, if it names one and not a site.
func directory(base string) (string, bool) {
	if path, ok := strings.CutPrefix(base, "file://"); ok {
		return path, filepath.IsAbs(path)
	}
	return base, filepath.IsAbs(base)
}

// Query implements [Source].
func (r *runbooks) Query(ctx context.Context, q Query, _ Window) (Frame, error) {
	doc, ok := q.(Document)
	if !ok {
		return Frame{}, unsupported("runbooks", q)
	}
	at, err := url.Parse(doc.URL)
	if err != nil || doc.URL == "" {
		return Frame{}, &Error{Source: "runbooks", Kind: BadQuery, Err: fmt.Errorf("%q is no address of a document", Clean(doc.URL))}
	}
	ctx, c := begin(ctx, Clean(doc.URL))
	var text string
	switch {
	case at.IsAbs() || at.Host != "":
		text, err = r.whole(ctx, c, at)
	case r.dir != "":
		text, err = r.file(at.Path)
	default:
		text, err = r.site.text(ctx, c, at.Path)
	}
	if err != nil {
		return Frame{}, err
	}
	if text = CleanLines(text); strings.TrimSpace(text) == "" {
		return Frame{}, &Error{Source: "runbooks", Kind: Failed, Err: fmt.Errorf("%s: the document is empty", c.what)}
	}
	return Frame{Text: text, Cost: c.spent(1)}, nil
}

// whole fetches a document by its whole address: with the credentials only
// where it is on the site that they are for.
func (r *runbooks) whole(ctx context.Context, c *call, at *url.URL) (string, error) {
	if at.Scheme != "http" && at.Scheme != "https" {
		return "", &Error{Source: "runbooks", Kind: BadQuery, Err: fmt.Errorf("%s: only http and https are fetched", c.what)}
	}
	if r.site != nil && at.Host == r.site.base.Host && at.Scheme == r.site.base.Scheme {
		if below, ok := strings.CutPrefix(at.Path, r.site.base.Path+"/"); ok {
			return r.site.text(ctx, c, below)
		}
	}
	t, err := r.elsewhere(at)
	if err != nil {
		return "", &Error{Source: "runbooks", Kind: BadQuery, Err: err}
	}
	return t.text(ctx, c, at.Path)
}

// file reads a document of the directory and of nowhere else.
func (r *runbooks) file(name string) (string, error) {
	fail := func(err error) error {
		kind := Failed
		if errors.Is(err, fs.ErrNotExist) {
			kind = BadQuery
		}
		return &Error{Source: "runbooks", Kind: kind, Err: err}
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return "", fail(err)
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(strings.TrimPrefix(name, "/")))
	if err != nil {
		return "", fail(fmt.Errorf("in %s: %w", r.dir, err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxDocument+1))
	if err != nil {
		return "", fail(err)
	}
	if len(text) > maxDocument {
		return "", &Error{Source: "runbooks", Kind: TooLarge, Err: fmt.Errorf("%s passes %d KiB", Clean(name), maxDocument>>10)}
	}
	return string(text), nil
}

// text fetches a document that is no page for a browser.
func (t *transport) text(ctx context.Context, c *call, at string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base.JoinPath(at).String(), nil)
	if err != nil {
		return "", &Error{Source: t.kind, Kind: BadQuery, Err: fmt.Errorf("%s: %w", c.what, err)}
	}
	req.Header.Set("Accept", "text/markdown, text/plain;q=0.9")
	resp, err := t.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", t.undecoded(c, err)
	}
	return string(text), nil
}
