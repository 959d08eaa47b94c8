package service

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxLabels  = 32
	maxLabel   = 1024 // bytes
	maxMessage = 16 << 10
)

// logClient writes a line a client sent: its level and message as they are,
// everything else under labels.
func (s *scorer) logClient(in map[string]any, tr trace) {
	l := &line{
		Level: "info", Message: "(no message)", Event: event{Dataset: clients, Action: "client-log", Outcome: "unknown"},
		Service: origin{Name: "client", Version: scorerOrigin.Version, Environment: scorerOrigin.Environment, Node: scorerOrigin.Node},
		Trace:   tr.ID, Span: tr.Span, Labels: labels{},
	}
	for key, v := range in {
		text := clip(plain(v), maxLabel)
		switch key {
		case "level", "log.level":
			l.Level = level(text)
		case "message", "msg":
			l.Message = clip(plain(v), maxMessage)
		default:
			if len(l.Labels) < maxLabels {
				l.Labels[strings.ReplaceAll(clip(key, 128), ".", "_")] = text
			}
		}
	}
	s.journal.write(l)
}

// level maps what callers write to the levels in use.
func level(text string) string {
	switch text = strings.ToLower(strings.TrimSpace(text)); text {
	case "trace", "debug", "info", "warn", "error", "fatal":
		return text
	case "warning":
		return "warn"
	case "err":
		return "error"
	case "critical", "panic", "emergency", "alert":
		return "fatal"
	}
	return "info"
}

func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	case map[string]any, []any:
		b, _ := json.Marshal(v) // it was JSON a moment ago
		return string(b)
	}
	return fmt.Sprint(v)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
