package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestNotes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	src := NewLocal(dir)
	ctx := context.Background()
	notes := func(where string) []Remark {
		t.Helper()
		f, err := src.Query(ctx, Notes{where}, Window{})
		if err != nil {
			t.Fatal(err)
		}
		return f.Remarks
	}
	if got := notes("prod"); len(got) != 0 {
		t.Fatalf("a machine without notes has %v", got)
	}
	act := func(a Action) Receipt {
		t.Helper()
		r, err := src.(Actor).Act(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	second := act(AddNote{Remark{At: at.Add(time.Minute), Who: "ops", Context: "prod", Text: " rolled back \x1b[31m1.4.0\n"}})
	act(AddNote{Remark{At: at, Who: "ops", Context: "prod", About: "f00", Text: "paged\nthen called"}})
	act(AddNote{Remark{At: at, Who: "ops", Context: "demo", Text: "elsewhere"}})
	got := notes("prod")
	if len(got) != 2 || got[0].Text != "paged\nthen called" || got[0].About != "f00" || got[1].Text != "rolled back 1.4.0" || got[1].ID != second.ID {
		t.Fatalf("notes of prod: %+v", got)
	}
	undone := act(second.Undo)
	if got := notes("prod"); len(got) != 1 {
		t.Fatalf("after the undo: %+v", got)
	}
	act(undone.Undo)
	if got := notes("prod"); len(got) != 2 || got[1].At != at.Add(time.Minute) {
		t.Fatalf("after the redo: %+v", got)
	}
	info, err := os.Stat(filepath.Join(dir, "notes.jsonl"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

func TestDamagedNotesAreCounted(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.jsonl"), []byte("not json\n{}\n\n{\"id\":\"a\",\"context\":\"x\",\"text\":\"cut o"), 0o600); err != nil {
		t.Fatal(err)
	}
	src := NewLocal(dir)
	if _, err := src.(Actor).Act(context.Background(), AddNote{Remark{Context: "x", Text: "whole"}}); err != nil {
		t.Fatal(err)
	}
	f, err := src.Query(context.Background(), Notes{"x"}, Window{})
	if err != nil || len(f.Remarks) != 1 || f.Remarks[0].Text != "whole" || f.Remarks[0].At.IsZero() || f.Remarks[0].ID == "" {
		t.Errorf("%+v, %v", f.Remarks, err)
	}
	if len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "3 lines") {
		t.Errorf("notes of the frame: %q", f.Notes)
	}
	for _, text := range []string{" ", strings.Repeat("x", maxRemark+1)} {
		if _, err := src.(Actor).Act(context.Background(), AddNote{Remark{Context: "x", Text: text}}); err == nil {
			t.Errorf("a note of %d bytes was kept", len(text))
		}
	}
}

func TestSaveFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "handover.md")
	src := NewLocal(t.TempDir()).(Actor)
	if _, err := src.Act(context.Background(), SaveFile{path, "all quiet\n"}); err != nil {
		t.Fatal(err)
	}
	_, err := src.Act(context.Background(), SaveFile{path, "other"})
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second write: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "all quiet\n" {
		t.Errorf("the file holds %q", text)
	}
	if _, err := src.Act(context.Background(), SaveFile{filepath.Join(path, "x"), "y"}); err == nil {
		t.Error("a file below a file was written")
	}
}
