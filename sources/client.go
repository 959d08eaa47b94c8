package sources

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 64 << 20
	userAgent       = "firewatch"
)

// transport is the one way to a server, under every client library: it adds
// the credentials, refuses writes in a read-only context, bounds time and
// bytes, follows no redirect, and turns every answer that is not a good one
// into an *[Error]. It never asks twice.
type transport struct {
	kind string
	// base is the address without credentials and without a slash at its end.
	base     *url.URL
	next     http.RoundTripper
	header   http.Header
	timeout  time.Duration
	limit    int64
	readOnly bool
	// secrets are struck out of whatever a server says.
	secrets []string
	// flags are what a person adds to curl to come in as this transport does.
	flags []string
}

// credential tells by its name that a header carries a secret.
var credential = regexp.MustCompile(`(?i)auth|token|key|secret|cookie|password`)

// newTransport makes the transport for one address. It does not connect.
func newTransport(kind string, o Options) (*transport, error) {
	base, err := address(o.URL)
	if err != nil {
		return nil, err
	}
	t := &transport{kind: kind, base: base, header: http.Header{}, timeout: o.Timeout, limit: o.MaxBytes, readOnly: o.ReadOnly}
	if t.timeout <= 0 {
		t.timeout = defaultTimeout
	}
	if t.limit <= 0 {
		t.limit = defaultMaxBytes
	}
	t.header.Set("User-Agent", userAgent)
	for k, v := range o.Headers {
		t.header.Set(k, v)
		if credential.MatchString(k) {
			t.secrets = append(t.secrets, v)
			t.flags = append(t.flags, fmt.Sprintf(`-H "%s: $%s"`, k, strings.ToUpper(strings.ReplaceAll(k, "-", "_"))))
		} else {
			t.flags = append(t.flags, "-H "+shellQuoted(k+": "+v))
		}
	}
	user, password := o.Username, string(o.Password)
	if base.User != nil && user == "" {
		user = base.User.Username()
		password, _ = base.User.Password()
	}
	base.User = nil
	switch {
	case o.Token != "":
		t.header.Set("Authorization", "Bearer "+string(o.Token))
		t.flags = append(t.flags, `-H "Authorization: Bearer $TOKEN"`)
	case o.APIKey != "":
		t.header.Set("Authorization", "ApiKey "+string(o.APIKey))
		t.flags = append(t.flags, `-H "Authorization: ApiKey $API_KEY"`)
	case user != "":
		basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		t.header.Set("Authorization", "Basic "+basic)
		t.secrets = append(t.secrets, basic)
		t.flags = append(t.flags, "-u "+shellQuoted(user)) // curl asks for the password.
	}
	for _, s := range []string{password, string(o.Token), string(o.APIKey)} {
		if len(s) > 3 { // A shorter one would tear holes into words.
			t.secrets = append(t.secrets, s)
		}
	}
	trust, err := trusted(o)
	if err != nil {
		return nil, err
	}
	for flag, file := range map[string]string{"--cacert ": o.CAFile, "--cert ": o.CertFile, "--key ": o.KeyFile} {
		if file != "" {
			t.flags = append(t.flags, flag+shellQuoted(file))
		}
	}
	if o.Insecure {
		t.flags = append(t.flags, "-k")
	}
	slices.Sort(t.flags)
	t.next = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: min(5*time.Second, t.timeout), KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    min(5*time.Second, t.timeout),
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           16,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
	return t, nil
}

// address parses the base address of a source. Its errors do not repeat the
// address, which may hold a password.
func address(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("no url: give one such as http://127.0.0.1:9090")
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("its url does not parse: give one such as http://127.0.0.1:9090")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("its url %q is no http or https address: give one such as http://127.0.0.1:9090", u.Redacted())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath, u.RawQuery, u.Fragment = "", "", ""
	return u, nil
}

// trusted is the TLS configuration of o.
func trusted(o Options) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName, InsecureSkipVerify: o.Insecure}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the certificate authority: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s: it must be a PEM file", o.CAFile)
		}
	}
	if o.CertFile != "" || o.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cannot load the client certificate %q with key %q: %w", o.CertFile, o.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// RoundTrip implements [http.RoundTripper]. The error is an *[Error]; a
// response is one of status 2xx, or the refusal of a form by POST, after which
// client_golang asks the same by GET.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	if t.readOnly && !t.reads(req) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, &Error{Source: t.kind, Kind: ReadOnly, Err: fmt.Errorf("%s: this context is read-only, nothing was sent", c.what)}
	}
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	out := req.Clone(ctx)
	for k, v := range t.header {
		out.Header[k] = v
	}
	if h := t.header.Get("Host"); h != "" {
		out.Host = h
	}
	resp, err := t.next.RoundTrip(out)
	if err != nil {
		cancel()
		c.took(1, nil, time.Time{})
		return nil, t.broken(c, err)
	}
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	c.took(1, nil, date)
	b := &body{Reader: bufio.NewReader(resp.Body), t: t, c: c, under: resp.Body, left: t.limit, cancel: cancel}
	resp.Body = b
	if err := t.check(c, req, resp, b); err != nil {
		b.Close()
		return nil, err
	}
	return resp, nil
}

// posted are the reads that are asked by POST, by kind of source: the path
// under the base address, with * for one segment.
var posted = map[string][]string{
	"prometheus": {
		"/api/v1/query", "/api/v1/query_range", "/api/v1/query_exemplars", "/api/v1/labels", "/api/v1/series",
		"/api/v1/format_query", "/api/v1/parse_query",
	},
	"elasticsearch": {
		"/_search", "/*/_search", "/_msearch", "/*/_msearch", "/_count", "/*/_count", "/_field_caps", "/*/_field_caps",
		"/*/_pit", "/*/_terms_enum", "/_validate/query", "/*/_validate/query",
	},
}

// reads says whether a request leaves the server as it was. The end of a point
// in time is no write: it gives back what a read took.
func (t *transport) reads(req *http.Request) bool {
	at := strings.TrimPrefix(req.URL.Path, t.base.Path)
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return slices.ContainsFunc(posted[t.kind], func(pattern string) bool {
			ok, _ := path.Match(pattern, at)
			return ok
		})
	case http.MethodDelete:
		return t.kind == "elasticsearch" && at == "/_pit"
	}
	return false
}

// body bounds and counts an answer as it is read.
type body struct {
	*bufio.Reader
	t      *transport
	c      *call
	under  io.Closer
	left   int64
	cancel context.CancelFunc
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		err = &Error{Source: b.t.kind, Kind: TooLarge, Err: fmt.Errorf("%s: the answer passes %s", b.c.what, size(b.t.limit))}
	} else if err != nil && err != io.EOF {
		err = b.t.broken(b.c, err)
	}
	b.left -= int64(n)
	b.c.took(0, p[:n], time.Time{})
	return n, err
}

// Close implements [io.Closer].
func (b *body) Close() error {
	err := b.under.Close()
	b.cancel()
	return err
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// ask sends one request to a path under the base address and decodes the JSON
// that comes back into into, unless that is nil. A body, if any, is JSON.
func (t *transport) ask(ctx context.Context, c *call, method, at string, params url.Values, body []byte, into any) error {
	u := t.base.JoinPath(at)
	u.RawQuery = params.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return &Error{Source: t.kind, Kind: BadQuery, Err: fmt.Errorf("%s: %w", c.what, err)}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	resp, err := t.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if r, ok := into.(bodyReader); ok {
		if err := r.readBody(resp.Body); err != nil {
			return t.undecoded(c, err)
		}
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return t.undecoded(c, err)
	}
	// Reading to the end gives the connection back, and finds what was cut off.
	if rest, err := io.Copy(io.Discard, resp.Body); err != nil {
		return t.undecoded(c, err)
	} else if rest > 1 {
		return t.undecoded(c, errors.New("more than one JSON value"))
	}
	return nil
}

// bodyReader is an answer that reads itself, to the end of the body.
type bodyReader interface{ readBody(io.Reader) error }

// unsupported is the error of a query or an action that this kind of source
// does not know.
func unsupported(kind string, what any) error {
	return &Error{Source: kind, Kind: BadQuery, Err: fmt.Errorf("%T is not for %s", what, kind)}
}
