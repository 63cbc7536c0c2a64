package lambda

import (
	"net/http"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// accountCode is how much code an account may have in a region, in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const accountCode = 75 << 30

type accountSettings struct {
	AccountLimit struct {
		TotalCodeSize                  int64
		CodeSizeUnzipped               int64
		CodeSizeZipped                 int64
		ConcurrentExecutions           int
		UnreservedConcurrentExecutions int
	}
	AccountUsage struct {
		TotalCodeSize int64
		FunctionCount int
	}
}

func (s *Service) getAccountSettings(call) (plan, error) {
	return plan{
		access: []api.Access{{Action: "lambda:GetAccountSettings", Resource: "*"}},
		do: func(c call) (reply, error) {
			var out accountSettings
			out.AccountLimit.TotalCodeSize = accountCode
			out.AccountLimit.CodeSizeUnzipped = maxUnzipped
			out.AccountLimit.CodeSizeZipped = maxInlineZip
			out.AccountLimit.ConcurrentExecutions = accountConcurrency
			out.AccountLimit.UnreservedConcurrentExecutions = accountConcurrency
			own := store.Key(c.Account(), c.Region, "")
			err := s.DB.View(func(tx store.Tx) error {
				err := s.functions.Scan(tx, own, "", func(_ string, f function) bool {
					out.AccountUsage.FunctionCount++
					out.AccountUsage.TotalCodeSize += f.Latest.CodeSize
					for _, version := range f.Published {
						out.AccountUsage.TotalCodeSize += version.CodeSize
					}
					if f.Reserved != nil {
						out.AccountLimit.UnreservedConcurrentExecutions -= *f.Reserved
					}
					return true
				})
				if err != nil {
					return err
				}
				return s.layers.Scan(tx, own, "", func(_ string, l layer) bool {
					for _, version := range l.Versions {
						if !version.Deleted {
							out.AccountUsage.TotalCodeSize += version.CodeSize
						}
					}
					return true
				})
			})
			return reply{status: http.StatusOK, body: out}, err
		},
	}, nil
}
