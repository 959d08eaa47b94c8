package tracestore

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxBody bounds a request, decompressed.
const maxBody = 20 << 20

const (
	typeJSON  = "application/json"
	typeProto = "application/x-protobuf"
)

var errTooLarge = fmt.Errorf("the body is larger than %d bytes", maxBody)

// export takes spans in, as messages in protobuf or JSON, gzip or not. The
// answer has the type of the request.
func (s *Store) export(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != typeJSON && kind != typeProto {
		http.Error(w, "415 unsupported media type, supported: ["+typeJSON+", "+typeProto+"]", http.StatusUnsupportedMediaType)
		return
	}
	body, err := read(r)
	req := ptraceotlp.NewExportRequest()
	switch {
	case err != nil:
	case kind == typeJSON:
		err = req.UnmarshalJSON(body)
	default:
		err = req.UnmarshalProto(body)
	}
	if err != nil {
		code := http.StatusBadRequest
		if errors.Is(err, errTooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		reject(w, kind, code, err)
		return
	}
	resp := ptraceotlp.NewExportResponse()
	if n, why := s.Add(req.Traces()); n > 0 {
		resp.PartialSuccess().SetRejectedSpans(int64(n))
		resp.PartialSuccess().SetErrorMessage(why)
	}
	out, err := resp.MarshalProto()
	if kind == typeJSON {
		out, err = resp.MarshalJSON()
	}
	if err != nil {
		reject(w, kind, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(out) // the client is gone if this fails
}

func read(r *http.Request) ([]byte, error) {
	var in io.Reader = r.Body
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fmt.Errorf("the body is not gzip: %w", err)
		}
		in = z
	default:
		return nil, fmt.Errorf("unsupported Content-Encoding %.40q", encoding)
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// reject answers with a status message in the type of the request.
func reject(w http.ResponseWriter, kind string, code int, err error) {
	message := &status.Status{Code: int32(codes.InvalidArgument), Message: strings.ToValidUTF8(err.Error(), "?")}
	if code == http.StatusInternalServerError {
		message.Code = int32(codes.Internal)
	}
	out, _ := proto.Marshal(message) // a number and valid text
	if kind == typeJSON {
		out, _ = protojson.Marshal(message)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = w.Write(out)
}
