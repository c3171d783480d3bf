package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// events names the service events of a rotation in the audit trail, each once: a
// kill may have written one twice.
func (s *server) events(token string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(s.data, "audit", "*.jsonl"))
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "}\n") || !strings.Contains(line, token) {
				continue // being written, cut by a kill, or of something else
			}
			var e struct{ EventName, EventID, EventType, RequestID string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				return nil, err
			}
			if e.EventType == "AwsServiceEvent" && strings.HasSuffix(e.RequestID, "-"+token) && !seen[e.EventID] {
				seen[e.EventID] = true
				names = append(names, e.EventName)
			}
		}
	}
	return names, nil
}
