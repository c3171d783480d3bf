// Package policy is the language of IAM policies: it reads documents and decides
// what they say together about one request (iam-kms.md, 1 and 2).
//
// A Deny that matches in any policy wins. After that, what is not allowed is
// refused; evaluate.go has which kind of policy must allow what.
package policy

// Kind is what a document is attached to, which decides about its grammar.
type Kind int

// The three kinds.
const (
	Identity Kind = iota // of a user or role; a permissions boundary or session policy too
	Resource             // of what it protects
	Trust                // of a role: who may assume it
)

// Effect is what a statement does to what it matches.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Document is a policy that has been read. It never changes.
type Document struct {
	statements []statement
	modern     bool
}

// Modern tells whether the document has Version 2012-10-17.
func (d *Document) Modern() bool { return d.modern }

type statement struct {
	effect     Effect
	who        *principals // nil where the policy is attached to whom it is about
	actions    actions
	resources  *resources // nil in a trust policy
	conditions []condition
}

// Problem is what is wrong with a document, as far as APIs tell it apart.
type Problem int

// The three problems (secrets-manager.md, 2.13).
const (
	Syntax Problem = iota
	UnsupportedPrincipal
	UnsupportedService
)

// Error is why a document was refused.
type Error struct {
	Problem Problem
	Text    string
}

// Error gives the text.
func (e *Error) Error() string { return e.Text }

func syntax(text string) error { return &Error{Syntax, text} }

const syntaxErrors = "Syntax errors in policy."
