package secretsmanager

// Ready lists the operations of the table that this version has.
func Ready() (names []string) {
	for _, op := range operations {
		if op.newOutput != nil {
			names = append(names, op.name)
		}
	}
	return names
}
