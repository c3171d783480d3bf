package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// GetAccountSettingsOutput is what an account may have, and has (lambda.md, 2.10).
type GetAccountSettingsOutput struct {
	AccountLimit AccountLimit `json:"AccountLimit"`
	AccountUsage AccountUsage `json:"AccountUsage"`
}

// AccountLimit is in bytes and in invocations at once.
type AccountLimit struct {
	TotalCodeSize                  int64 `json:"TotalCodeSize"`
	CodeSizeUnzipped               int64 `json:"CodeSizeUnzipped"`
	CodeSizeZipped                 int64 `json:"CodeSizeZipped"`
	ConcurrentExecutions           int64 `json:"ConcurrentExecutions"`
	UnreservedConcurrentExecutions int64 `json:"UnreservedConcurrentExecutions"`
}

// AccountUsage is of an account in a region.
type AccountUsage struct {
	TotalCodeSize int64 `json:"TotalCodeSize"`
	FunctionCount int64 `json:"FunctionCount"`
}

// maxStorage is how many bytes the zips of an account may have in a region.
const maxStorage = 75 << 30

// checkStorage refuses code that an account has no room for.
func checkStorage(tx *store.Tx, account, region string, code function.Code) error {
	_, bytes, err := tx.FunctionUsage(account, region)
	if err == nil && bytes+code.Size > maxStorage {
		err = fault.New(fault.CodeStorage, "Code storage limit exceeded.")
	}
	return err
}

func (s *Service) getAccountSettings(c *call, _ *door.Nothing) (*GetAccountSettingsOutput, error) {
	if err := c.authorize(nothingNamed(c.Caller.Account)); err != nil {
		return nil, err
	}
	return door.View(c, func(tx *store.Tx) (*GetAccountSettingsOutput, error) {
		functions, bytes, err := tx.FunctionUsage(c.Caller.Account, c.Caller.Region)
		if err != nil {
			return nil, err
		}
		reserved, err := tx.ReservedConcurrency(&function.Function{Account: c.Caller.Account, Region: c.Caller.Region})
		return &GetAccountSettingsOutput{
			AccountLimit: AccountLimit{maxStorage, function.MaxUnzipped, function.MaxZipped, accountConcurrency, accountConcurrency - reserved},
			AccountUsage: AccountUsage{bytes, functions},
		}, err
	})
}
