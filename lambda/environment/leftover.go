package environment

import (
	"os"
	"path/filepath"
	"syscall"
)

// everybodys are the folders of the host that every user may write to.
var everybodys = []string{"/tmp", "/var/tmp", "/dev/shm"}

// clean removes what a user left in everybody's folders: the user will be another
// function's one day, and nobody else would ever remove it. Its processes must have
// ended. What cannot be removed stays.
func (u user) clean() {
	if u.uid == 0 {
		return // the server's own, who has files there
	}
	for _, dir := range everybodys {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil {
				continue
			}
			if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == u.uid {
				os.RemoveAll(filepath.Join(dir, entry.Name()))
			}
		}
	}
}
