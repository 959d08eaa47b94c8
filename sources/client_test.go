package sources

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func transportTo(t *testing.T, kind string, o Options) *transport {
	t.Helper()
	tr, err := newTransport(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestReadOnlyGuard(t *testing.T) {
	var reached atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		io.WriteString(w, "{}")
	}))
	defer s.Close()
	tests := []struct {
		kind, method, path string
		passes             bool
	}{
		{"prometheus", "GET", "/api/v1/query", true},
		{"prometheus", "HEAD", "/-/ready", true},
		{"prometheus", "POST", "/api/v1/query", true},
		{"prometheus", "POST", "/api/v1/query_range", true},
		{"prometheus", "POST", "/api/v1/labels", true},
		{"prometheus", "POST", "/api/v1/query_exemplars", true},
		{"prometheus", "POST", "/-/reload", false},
		{"prometheus", "POST", "/-/quit", false},
		{"prometheus", "PUT", "/-/reload", false},
		{"prometheus", "POST", "/api/v1/admin/tsdb/delete_series", false},
		{"prometheus", "POST", "/api/v1/write", false},
		{"prometheus", "POST", "/other/api/v1/query", false},
		{"alertmanager", "GET", "/api/v2/silences", true},
		{"alertmanager", "POST", "/api/v2/silences", false},
		{"alertmanager", "POST", "/api/v2/alerts", false},
		{"alertmanager", "DELETE", "/api/v2/silence/x", false},
		{"elasticsearch", "POST", "/logs-*/_search", true},
		{"elasticsearch", "POST", "/_search", true},
		{"elasticsearch", "POST", "/logs/_pit", true},
		{"elasticsearch", "DELETE", "/_pit", true},
		{"elasticsearch", "POST", "/logs/_msearch", true},
		{"elasticsearch", "POST", "/logs/_count", true},
		{"elasticsearch", "POST", "/logs/_field_caps", true},
		{"elasticsearch", "POST", "/logs/_terms_enum", true},
		{"elasticsearch", "POST", "/logs/_doc", false},
		{"elasticsearch", "POST", "/logs/_doc/_search", false},
		{"elasticsearch", "POST", "/_bulk", false},
		{"elasticsearch", "PUT", "/logs/_search", false},
		{"elasticsearch", "POST", "/logs/_delete_by_query", false},
		{"elasticsearch", "DELETE", "/logs", false},
		{"elasticsearch", "DELETE", "/logs/_pit", false},
	}
	for _, tt := range tests {
		for _, prefix := range []string{"", "/behind/a/proxy"} {
			reached.Store(0)
			tr := transportTo(t, tt.kind, Options{URL: s.URL + prefix, ReadOnly: true})
			ctx, c := begin(t.Context(), "try")
			err := tr.ask(ctx, c, tt.method, tt.path, nil, []byte("{}"), nil)
			if tt.passes && (err != nil || reached.Load() != 1) {
				t.Errorf("%s %s %s: %v", tt.kind, tt.method, prefix+tt.path, err)
			}
			if !tt.passes {
				wantKind(t, err, tt.kind, ReadOnly)
				if reached.Load() != 0 {
					t.Errorf("%s %s %s reached the server", tt.kind, tt.method, prefix+tt.path)
				}
			}
		}
	}
}

func TestCredentials(t *testing.T) {
	var got http.Header
	var host string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, host = r.Header, r.Host
		// A server that repeats what it was told must not make it visible.
		http.Error(w, fmt.Sprint(r.Header), http.StatusTeapot)
	}))
	defer s.Close()
	withUser := strings.Replace(s.URL, "//", "//eve:s3cret-word@", 1)
	tests := []struct {
		name, header, want string
		o                  Options
		curl               string
	}{
		{"none", "Authorization", "", Options{URL: s.URL}, ""},
		{"basic", "Authorization", "Basic ZGFuYTpzM2NyZXQtd29yZA==", Options{URL: s.URL, Username: "dana", Password: "s3cret-word"}, "-u 'dana'"},
		{"basic in the url", "Authorization", "Basic ZXZlOnMzY3JldC13b3Jk", Options{URL: withUser}, "-u 'eve'"},
		{"basic over the url", "Authorization", "Basic ZGFuYTpzM2NyZXQtd29yZA==", Options{URL: withUser, Username: "dana", Password: "s3cret-word"}, "-u 'dana'"},
		{"bearer", "Authorization", "Bearer s3cret-word", Options{URL: s.URL, Token: "s3cret-word"}, `-H "Authorization: Bearer $TOKEN"`},
		{"api key", "Authorization", "ApiKey s3cret-word", Options{URL: s.URL, APIKey: "s3cret-word"}, `-H "Authorization: ApiKey $API_KEY"`},
		{"tenant", "X-Scope-Orgid", "team-a", Options{URL: s.URL, Headers: map[string]string{"X-Scope-OrgID": "team-a"}}, ""},
		{"agent", "User-Agent", "firewatch", Options{URL: s.URL}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := transportTo(t, "alertmanager", tt.o)
			ctx, c := begin(t.Context(), "try")
			err := tr.ask(ctx, c, http.MethodGet, "/x", nil, nil, nil)
			if v := got.Get(tt.header); v != tt.want {
				t.Errorf("%s is %q, want %q", tt.header, v, tt.want)
			}
			curl := tr.curl(http.MethodPost, "/x", []byte(`{}`))
			if !strings.Contains(curl, tt.curl) {
				t.Errorf("%s", curl)
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), curl, fmt.Sprintf("%+v", tr.flags)} {
				if strings.Contains(text, "s3cret-word") || strings.Contains(text, "MzY3JldC13b3Jk") {
					t.Errorf("%q tells the secret", text)
				}
			}
		})
	}
	ctx, c := begin(t.Context(), "try")
	transportTo(t, "prometheus", Options{URL: s.URL, Headers: map[string]string{"Host": "inner.example"}}).ask(ctx, c, http.MethodGet, "/x", nil, nil, nil)
	if host != "inner.example" {
		t.Errorf("the host is %q", host)
	}
}

func TestOneConnectionAndItsCost(t *testing.T) {
	var conns atomic.Int64
	var zipped atomic.Bool
	date := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", date.Format(http.TimeFormat))
		body := `{"n":"` + strings.Repeat("x", 10_000) + "\"}\n"
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("asked for encoding %q", r.Header.Get("Accept-Encoding"))
		}
		zipped.Store(true)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		io.WriteString(z, body)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	tr := transportTo(t, "alertmanager", Options{URL: s.URL})
	ctx, c := begin(t.Context(), "try")
	var into struct{ N string }
	for range 5 {
		if err := tr.ask(ctx, c, http.MethodGet, "/x", nil, nil, &into); err != nil || len(into.N) != 10_000 {
			t.Fatal(err)
		}
	}
	if got, want := c.spent(7), (Cost{Requests: 5, Bytes: 5 * 10_009, Samples: 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !c.clock().Equal(date) || conns.Load() != 1 || !zipped.Load() {
		t.Errorf("clock %s, %d connections", c.clock(), conns.Load())
	}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			var into any
			if err := tr.ask(ctx, c, http.MethodGet, "/x", nil, nil, &into); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	before := conns.Load()
	for range 12 {
		if err := tr.ask(ctx, c, http.MethodGet, "/x", nil, nil, &into); err != nil {
			t.Fatal(err)
		}
	}
	if conns.Load() != before {
		t.Error("connections were not kept")
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certificate := func(name string, parent *tls.Certificate, usage x509.ExtKeyUsage) tls.Certificate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: parent == nil, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		}
		issuer, signer := c, any(key)
		if parent != nil {
			issuer, signer = parent.Leaf, parent.PrivateKey
		}
		der, err := x509.CreateCertificate(rand.Reader, c, issuer, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		private := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
		for file, b := range map[string][]byte{name + ".pem": public, name + ".key": private} {
			if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pair, err := tls.X509KeyPair(public, private)
		if err != nil {
			t.Fatal(err)
		}
		return pair
	}
	ca := certificate("ca", nil, x509.ExtKeyUsageAny)
	server := certificate("prom.example", &ca, x509.ExtKeyUsageServerAuth)
	certificate("dana", &ca, x509.ExtKeyUsageClientAuth)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)

	var proto, who string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto, who = r.Proto, r.TLS.PeerCertificates[0].Subject.CommonName
		io.WriteString(w, "{}")
	}))
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	in := func(name string) string { return filepath.Join(dir, name) }

	good := Options{URL: s.URL, CAFile: in("ca.pem"), CertFile: in("dana.pem"), KeyFile: in("dana.key"), ServerName: "prom.example"}
	try := func(change func(*Options)) error {
		o := good
		change(&o)
		ctx, c := begin(t.Context(), "try")
		return transportTo(t, "prometheus", o).ask(ctx, c, http.MethodGet, "/x", nil, nil, nil)
	}
	if err := try(func(*Options) {}); err != nil || proto != "HTTP/2.0" || who != "dana" {
		t.Errorf("%v, %s as %s", err, proto, who)
	}
	if err := try(func(o *Options) { o.CAFile, o.ServerName, o.Insecure = "", "", true }); err != nil {
		t.Error(err)
	}
	for says, change := range map[string]func(*Options){
		"certificate signed by unknown authority": func(o *Options) { o.CAFile = "" },
		"certificate is valid for":                func(o *Options) { o.ServerName = "other.example" },
		// The server refuses after the handshake, so what is heard of it varies.
		"cannot reach": func(o *Options) { o.CertFile, o.KeyFile = "", "" },
	} {
		err := try(change)
		wantKind(t, err, "prometheus", Unreachable)
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%v, should say %q", err, says)
		}
	}
	plain := httptest.NewServer(nil)
	defer plain.Close()
	err := try(func(o *Options) { o.URL = strings.Replace(plain.URL, "http:", "https:", 1) })
	wantKind(t, err, "prometheus", NotThis)
	if !strings.Contains(err.Error(), "use http://") {
		t.Error(err)
	}
}

func TestNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n\r\n")
			c.Close()
		}
	}()
	_, err = ask(t, "prometheus", Rules{}, Options{URL: "http://" + l.Addr().String()})
	wantKind(t, err, "prometheus", NotThis, Unreachable)
	if Clean(err.Error()) != err.Error() {
		t.Errorf("%q", err)
	}
}

func TestVisibleJSON(t *testing.T) {
	got, err := visibleJSON(map[string]string{"k": "a\u202eb\U000e0041<&>\n\x1bü"})
	if want := `{"k":"a\u202eb\udb40\udc41<&>\n\u001bü"}`; err != nil || string(got) != want {
		t.Errorf("%s, want %s, %v", got, want, err)
	}
	if got, want := shellQuoted("it's"), `'it'\''s'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestReasons(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for body, want := range map[string]string{
		`{"status":"error","errorType":"bad_data","error":"1:2: parse error"}`:                        "1:2: parse error",
		`"silence \u001b[31mnot found"`:                                                               "silence not found",
		`{"code":602,"message":"matchers in body is required"}`:                                       "matchers in body is required",
		`{"error":"security_exception"}`:                                                              "security_exception",
		`{"error":{"type":"x","reason":"all shards failed","root_cause":[{"reason":"a b"}]}}`:         "all shards failed: a b",
		`{"error":{"type":"t","reason":"r","caused_by":{"reason":"c1","caused_by":{"reason":"c2"}}}}`: "r: c1: c2",
		`{"error":{"type":"index_not_found_exception"}}`:                                              "index_not_found_exception",
		`"` + long + `"`: long[:maxReason] + "…",
		`plain words`:    "",
		`[1]`:            "",
	} {
		if got, _, _ := reason([]byte(body)); got != want {
			t.Errorf("%s gives %q, want %q", body[:min(len(body), 80)], got, want)
		}
	}
	if got := excerpt([]byte(long)); got != long[:maxExcerpt]+"…" {
		t.Errorf("an excerpt has %d bytes", len(got))
	}
}

// TestHeadersInCommands: a header that the config adds is part of the command
// that is shown, and what may be a credential only by name.
func TestHeadersInCommands(t *testing.T) {
	const secret = "s3cr3t-value"
	tr := transportTo(t, "alertmanager", Options{URL: "http://127.0.0.1:1", Headers: map[string]string{"X-Scope-OrgID": "team a", "X-Api-Key": secret}})
	got := tr.curl(http.MethodPost, "/api/v2/silences", []byte("{}"))
	for _, want := range []string{`-H 'X-Scope-OrgID: team a'`, `-H "X-Api-Key: $X_API_KEY"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, secret) || !slices.Contains(tr.secrets, secret) {
		t.Errorf("the credential shows in %s, or is not struck out of answers", got)
	}
}
