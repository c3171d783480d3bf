package secretsmanager

// Members of inputs are pointers where the model bounds them, so that one that
// is empty is not taken for one that is absent: an empty SecretId is too short,
// an absent one is null (secrets-manager.md, 1.7). Check has run before an
// operation does, so a required member is there.

// text gives a member that may be absent, which counts as empty.
func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// optional is a member that is absent when its text is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
