package environment

import "strings"

// Bubblewrap is started outside, with the rights of the function's user, and what a
// dynamic loader is told by variables holds for it as well: a library that the
// function brought would run before the host is shut out. So those variables go in
// under other names, and the shell inside gives them back.

const (
	ofLoader = "LD_"
	heldAs   = "ALBERTI_HELD_"
)

// holdBack renames the variables that loaders heed, and gives their names. One
// that no shell could name is left out.
func holdBack(vars []string) (all, held []string) {
	for _, v := range vars {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case !strings.HasPrefix(name, ofLoader):
			all = append(all, v)
		case isIdentifier(name):
			all, held = append(all, heldAs+v), append(held, name)
		}
	}
	return all, held
}

func isIdentifier(name string) bool {
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// giveBack is a script that undoes holdBack.
func giveBack(held []string) (script string) {
	for _, name := range held {
		script += "export " + name + `="$` + heldAs + name + `"; unset ` + heldAs + name + ";"
	}
	return script
}
