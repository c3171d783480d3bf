package door

import (
	"fmt"
	"strings"
)

// Compare tells, for tests, how a service differs from its model: in its
// operations, and in the members of their inputs and outputs.
func (d *Door[S, C]) Compare() (differences []string) {
	modelled := d.Model.Operations()
	for _, name := range modelled {
		row, ok := d.rows[name]
		if !ok {
			differences = append(differences, name+": not in the table of operations")
			continue
		}
		if err := d.Model.Compare(name, row.NewInput(), answered(row.NewOutput())); err != nil {
			for line := range strings.Lines(err.Error()) {
				differences = append(differences, name+": "+strings.TrimSpace(line))
			}
		}
	}
	if len(d.rows) != len(modelled) {
		differences = append(differences, fmt.Sprintf("%d operations, the model has %d", len(d.rows), len(modelled)))
	}
	return differences
}
