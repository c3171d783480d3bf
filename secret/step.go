package secret

// Step is one of the four calls that a rotation makes of its function
// (secrets-manager.md, 3.2 and 3.3).
type Step string

// The four steps in their order.
const (
	CreateSecret Step = "createSecret"
	SetSecret    Step = "setSecret"
	TestSecret   Step = "testSecret"
	FinishSecret Step = "finishSecret"
)

// Next gives the step that follows, false after the last.
func (s Step) Next() (Step, bool) {
	switch s {
	case CreateSecret:
		return SetSecret, true
	case SetSecret:
		return TestSecret, true
	case TestSecret:
		return FinishSecret, true
	}
	return "", false
}
