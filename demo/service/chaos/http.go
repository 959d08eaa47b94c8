package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Handler serves the controller under /-/chaos: GET lists, POST /-/chaos/NAME
// starts with a body of {"intensity":0.5,"duration":"3m","ramp":"10s"} whose
// keys are optional, DELETE ends one fault or all.
func (c *Controller) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/chaos", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"active": c.Active(), "faults": Faults})
	})
	mux.HandleFunc("POST /-/chaos/{fault}", c.start)
	mux.HandleFunc("DELETE /-/chaos", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"ended": c.Stop("")})
	})
	mux.HandleFunc("DELETE /-/chaos/{fault}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("fault")
		if c.Stop(name) == 0 {
			refuse(w, http.StatusNotFound, fmt.Errorf("fault %q is not active", name))
			return
		}
		answer(w, http.StatusOK, map[string]any{"ended": 1})
	})
	return mux
}

const maxBody = 64 << 10

func (c *Controller) start(w http.ResponseWriter, r *http.Request) {
	req, err := parse(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a, err := c.Start(r.PathValue("fault"), req)
	switch {
	case errors.Is(err, ErrUnknown):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusUnprocessableEntity, err)
	default:
		answer(w, http.StatusOK, a)
	}
}

func parse(body io.Reader) (Request, error) {
	var in struct {
		Intensity *float64 `json:"intensity"`
		Duration  string   `json:"duration"`
		Ramp      string   `json:"ramp"`
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		return Request{}, fmt.Errorf(`reading the fault: %w; send {"intensity":0.5,"duration":"3m","ramp":"10s"} or nothing`, err)
	}
	req := Request{Intensity: in.Intensity}
	for _, f := range []struct {
		name, text string
		to         *time.Duration
	}{{"duration", in.Duration, &req.Duration}, {"ramp", in.Ramp, &req.Ramp}} {
		if f.text == "" {
			continue
		}
		d, err := time.ParseDuration(f.text)
		if err != nil || d <= 0 {
			return Request{}, fmt.Errorf("%s %q is not a length of time such as 90s or 3m", f.name, f.text)
		}
		*f.to = d
	}
	return req, nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone if this fails
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]any{"error": err.Error(), "faults": Names()})
}
