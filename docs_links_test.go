package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firewatch/demo/service/chaos"
)

// documents are the files of docs and README.md.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/runbooks/*.md"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out[file] = string(data)
		}
	}
	return out
}

// TestDocumentLinks: every relative link, anchor and path in a document leads
// somewhere.
func TestDocumentLinks(t *testing.T) {
	docs := documents(t)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	path := regexp.MustCompile(`(?:^|[\s=:(])(?:\./)?((?:stack|docs|views|sources|config|cli|ui|signals|demo)/[\w./*-]+|\.ci/[\w./-]+)`)
	span := regexp.MustCompile("`([^`\n]+)`")
	for file, text := range docs {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			target := file
			if to != "" {
				target = filepath.Join(filepath.Dir(file), to)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(docs[target]), anchor) {
				t.Errorf("%s links to %s: no such heading", file, m[1])
			}
		}
		spans := blocks(text, "sh")
		for _, m := range span.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			spans = append(spans, m[1])
		}
		for _, s := range spans {
			for _, m := range path.FindAllStringSubmatch(s, -1) {
				name := strings.TrimSuffix(strings.TrimRight(m[1], "."), "/")
				if strings.HasSuffix(name, ".env") { // everybody's own, which git ignores
					continue
				}
				if found, err := filepath.Glob(name); err != nil || len(found) == 0 {
					t.Errorf("%s names %s, which does not exist", file, name)
				}
			}
		}
	}
}

// anchors are the names that the headings of a document can be linked by.
func anchors(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

// TestDocumentFaults: every fault that a document starts or ends exists.
func TestDocumentFaults(t *testing.T) {
	named := regexp.MustCompile(`demo chaos ([a-z][a-z-]*)`)
	for file, text := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if m[1] != "list" && !slices.Contains(chaos.Names(), m[1]) {
				t.Errorf("%s names the fault %s, which the demo does not know", file, m[1])
			}
		}
	}
}
