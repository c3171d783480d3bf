package redshift

// Grant is looked at from outside: the statement that grants.
func Grant(privilege, scope, schema, object, column string, option bool, to string) (give, take string) {
	r := grant(privilege, on(scope, schema, object), column, option, to)
	return r.Give, r.Take
}
