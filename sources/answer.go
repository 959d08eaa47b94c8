package sources

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// maxRefusal is how many bytes of a refusal are read for its reason,
	// maxReason what is kept of the reason, maxExcerpt what is kept of an
	// answer that is not what was asked for, maxHead what is remembered of any
	// answer to find that.
	maxRefusal = 64 << 10
	maxReason  = 600
	maxExcerpt = 120
	maxHead    = 2 << 10
)

// told is an error whose words are safe to show, and whose cause stays findable
// for [errors.Is].
type told struct {
	words string
	cause error
}

func (e *told) Error() string { return e.words }
func (e *told) Unwrap() error { return e.cause }

// broken is the error of a request that got no whole answer.
func (t *transport) broken(c *call, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	say := func(k Kind, format string, args ...any) error {
		return &Error{Source: t.kind, Kind: k, What: c.what, Err: &told{t.strike(fmt.Sprintf(format, args...)), err}}
	}
	host := t.base.Host
	var notTLS tls.RecordHeaderError
	// net/http names some of its errors only by their words.
	switch words := err.Error(); {
	case errors.Is(err, context.Canceled):
		return say(Failed, "canceled")
	case isTimeout(err):
		return say(Timeout, "no answer from %s within %s", host, t.timeout)
	case errors.As(err, &notTLS) || strings.Contains(words, "server gave HTTP response to HTTPS client"):
		return say(NotThis, "%s does not speak TLS: use http:// in its url", host)
	case strings.Contains(words, "malformed HTTP"):
		return say(NotThis, "%s does not answer in HTTP", host)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return say(Failed, "%s cut the answer off", host)
	case errors.Is(err, io.EOF):
		return say(Unreachable, "%s closed the connection without an answer", host)
	}
	return say(Unreachable, "cannot reach %s: %v", host, innermost(err))
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// innermost is the part of a network error that says what happened: its outer
// layers repeat the address.
func innermost(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return err
}

// check is the error of an answer that is not a good one, and nil for one that
// is worth decoding.
func (t *transport) check(c *call, req *http.Request, resp *http.Response, b *body) error {
	first, _ := b.Peek(512)
	kind, words := Failed, ""
	switch code := resp.StatusCode; {
	case code < 300:
		if !isHTML(resp, first) {
			return t.checkLength(c, resp)
		}
		kind, words = NotThis, "answered with "+page(first)
	case code < 400:
		kind, words = NotThis, "answered with a redirect"
		if to, err := resp.Location(); err == nil {
			words += " to " + Clean(to.Redacted()) + ": that may be the right url"
		}
	case asksAgain(req, code):
		return nil
	default:
		all, err := io.ReadAll(io.LimitReader(b, maxRefusal))
		if e := (*Error)(nil); err != nil && errors.As(err, &e) && len(all) == 0 {
			return e
		}
		kind, words = refusal(code, resp, all)
	}
	return &Error{Source: t.kind, Kind: kind, Status: resp.StatusCode, What: c.what, Err: errors.New(t.strike(words))}
}

func (t *transport) checkLength(c *call, resp *http.Response) error {
	if resp.ContentLength <= t.limit {
		return nil
	}
	return &Error{Source: t.kind, Kind: TooLarge, Status: resp.StatusCode,
		Err: fmt.Errorf("%s: the answer of %s passes %s", c.what, size(resp.ContentLength), size(t.limit))}
}

// asksAgain says whether client_golang will repeat a refused form by GET, as
// some proxies let only that through.
func asksAgain(req *http.Request, code int) bool {
	return req.Method == http.MethodPost && req.Header.Get("Content-Type") == "application/x-www-form-urlencoded" &&
		(code == http.StatusForbidden || code == http.StatusMethodNotAllowed || code == http.StatusNotImplemented)
}

// refusal is the kind and the words of a status of 400 or more.
func refusal(code int, resp *http.Response, all []byte) (Kind, string) {
	why, class, structured := reason(all)
	kind := Failed
	switch {
	case class == "timeout":
		kind = Timeout
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		kind = Denied
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		kind = Busy
	case code == http.StatusGatewayTimeout || code == http.StatusRequestTimeout:
		kind = Timeout
	case code == http.StatusNotFound && !structured || code == http.StatusMethodNotAllowed:
		kind = NotThis
	case code < 500:
		kind = BadQuery
	}
	words := fmt.Sprintf("%d %s", code, strings.ToLower(http.StatusText(code)))
	switch {
	case why != "" && structured:
		return kind, words + ": " + why
	case isHTML(resp, all):
		if kind == BadQuery {
			kind = NotThis
		}
		return kind, words + " with " + page(all)
	case len(all) > 0:
		return kind, words + ": " + excerpt(all)
	}
	return kind, words
}

// reason digs out of a refusal's body why the server refused, and the class
// that Prometheus gives its errors. Prometheus sends an object, Alertmanager a
// bare string, Elasticsearch an object in an object, gateways a message.
func reason(all []byte) (why, class string, structured bool) {
	var s string
	if json.Unmarshal(all, &s) == nil {
		return bounded(Clean(s), maxReason), "", true
	}
	var object struct {
		Error     json.RawMessage `json:"error"`
		ErrorType string          `json:"errorType"`
		Message   string          `json:"message"`
	}
	if json.Unmarshal(all, &object) != nil {
		return "", "", false
	}
	why = object.Message
	if json.Unmarshal(object.Error, &s) == nil && s != "" {
		why = s
	}
	var nested failed
	if json.Unmarshal(object.Error, &nested) == nil && nested.words() != "" {
		why = nested.words()
	}
	return bounded(Clean(why), maxReason), object.ErrorType, why != ""
}

// failed is the error of Elasticsearch. Its own reason is often "all shards
// failed": the root or the innermost cause tells more.
type failed struct {
	Type, Reason string
	RootCause    []failed `json:"root_cause"`
	CausedBy     *failed  `json:"caused_by"`
}

func (f *failed) words() string {
	parts := []string{f.Reason}
	if f.Reason == "" {
		parts[0] = f.Type
	}
	add := func(s string) {
		if s != "" && !strings.Contains(strings.Join(parts, " "), s) {
			parts = append(parts, s)
		}
	}
	for i := range f.RootCause {
		add(f.RootCause[i].Reason)
	}
	for cause := f.CausedBy; cause != nil; cause = cause.CausedBy {
		add(cause.Reason)
	}
	return strings.Join(parts, ": ")
}

func isHTML(resp *http.Response, first []byte) bool {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return media == "text/html" || strings.HasPrefix(strings.TrimLeft(string(first[:min(len(first), 512)]), "\ufeff \t\r\n"), "<")
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// page names a web page by its title.
func page(first []byte) string {
	if m := title.FindSubmatch(first); m != nil {
		if name := strings.TrimSpace(Clean(string(m[1]))); name != "" {
			return fmt.Sprintf("a web page, %q", bounded(name, maxExcerpt))
		}
	}
	return "a web page"
}

// excerpt is how something that was not expected begins.
func excerpt(b []byte) string {
	return bounded(strings.TrimSpace(Clean(string(b[:min(len(b), 4*maxExcerpt)]))), maxExcerpt)
}

// bounded cuts s to at most n bytes.
func bounded(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// strike takes this source's secrets out of a text.
func (t *transport) strike(s string) string {
	for _, secret := range t.secrets {
		s = strings.ReplaceAll(s, secret, "•••")
	}
	return s
}

// undecoded is the error of an answer that came whole but does not decode, or
// of a client library: an *[Error] within it is kept as it is.
func (t *transport) undecoded(c *call, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || isTimeout(err) {
		return t.broken(c, err)
	}
	began := c.began()
	kind, words := Failed, "the answer is not the JSON that was expected"
	switch why, class, ok := reason(began); {
	case ok && class != "":
		words = why // A refusal under a status of success.
		if class == "bad_data" || class == "execution" {
			kind = BadQuery
		}
	case len(began) > 0:
		words += ", it begins with " + excerpt(began)
	default:
		words = "the answer is empty"
	}
	return &Error{Source: t.kind, Kind: kind, Err: &told{c.what + ": " + t.strike(words), err}}
}
