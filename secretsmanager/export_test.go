package secretsmanager

// Ready lists the operations of the table.
func Ready() (names []string) {
	for _, op := range operations {
		names = append(names, op.Name)
	}
	return names
}
