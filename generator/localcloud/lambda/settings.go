package lambda

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

type concurrency struct {
	ReservedConcurrentExecutions *int `json:",omitempty"`
}

// An account runs accountConcurrency invocations at once, of which AWS keeps
// unreservedMinimum for functions without a reserved limit.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
const (
	accountConcurrency = 1000
	unreservedMinimum  = 100
)

func (s *Service) putConcurrency(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in concurrency
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction("PutFunctionConcurrency", ref.unqualified(), func(call) (reply, error) {
		asked := in.ReservedConcurrentExecutions
		if asked == nil || *asked < 0 {
			return reply{}, invalidParameter("ReservedConcurrentExecutions must be a number from 0.")
		}
		_, err := s.change(ref, func(tx store.Tx, f *function) error {
			reserved := *asked
			err := s.functions.Scan(tx, store.Key(f.Account, f.Region, ""), "", func(_ string, other function) bool {
				if other.Reserved != nil && other.ID != f.ID {
					reserved += *other.Reserved
				}
				return true
			})
			if err != nil {
				return err
			}
			if reserved > accountConcurrency-unreservedMinimum {
				return invalidParameter("Specified ReservedConcurrentExecutions for function decreases account's "+
					"UnreservedConcurrentExecution below its minimum value of [%d].", unreservedMinimum)
			}
			f.Reserved = asked
			return nil
		})
		return reply{status: http.StatusOK, body: in}, err
	}), nil
}

func (s *Service) getConcurrency(c call) (plan, error) {
	return s.readFunction(c, "GetFunctionConcurrency", func(f function) any {
		return concurrency{ReservedConcurrentExecutions: f.Reserved}
	})
}

func (s *Service) deleteConcurrency(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("DeleteFunctionConcurrency", ref.unqualified(), func(call) (reply, error) {
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			f.Reserved = nil
			return nil
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

// readFunction is a call that answers something about a function as a whole.
func (s *Service) readFunction(c call, action string, answer func(function) any) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction(action, ref.unqualified(), func(call) (reply, error) {
		f, err := s.read(ref.unqualified())
		if err != nil {
			return reply{}, err
		}
		return reply{status: http.StatusOK, body: answer(f)}, nil
	}), nil
}

// getProvisionedConcurrency answers as a version that has none: it cannot be
// configured here, because every environment starts at once.
func (s *Service) getProvisionedConcurrency(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetProvisionedConcurrencyConfig", ref, func(call) (reply, error) {
		if _, err := s.read(ref); err != nil {
			return reply{}, err
		}
		return reply{}, api.Errorf(http.StatusNotFound, "ProvisionedConcurrencyConfigNotFoundException",
			"No Provisioned Concurrency Config found for this function")
	}), nil
}

func (s *Service) listProvisionedConcurrency(c call) (plan, error) {
	return s.readFunction(c, "ListProvisionedConcurrencyConfigs", func(function) any {
		return map[string][]any{"ProvisionedConcurrencyConfigs": {}}
	})
}

func (s *Service) getCodeSigningConfig(c call) (plan, error) {
	return s.readFunction(c, "GetFunctionCodeSigningConfig", func(f function) any {
		return map[string]string{"FunctionName": f.Name, "CodeSigningConfigArn": ""}
	})
}

func (s *Service) getRuntimeManagement(c call) (plan, error) {
	return s.readFunction(c, "GetRuntimeManagementConfig", func(f function) any {
		return map[string]string{"UpdateRuntimeOn": "Auto", "FunctionArn": f.Latest.FunctionArn}
	})
}

func (s *Service) getRecursionConfig(c call) (plan, error) {
	return s.readFunction(c, "GetFunctionRecursionConfig", func(function) any {
		return map[string]string{"RecursiveLoop": "Terminate"}
	})
}

// tagged is the function whose ARN the path of a tagging call holds.
func (c call) tagged() (reference, error) {
	arn := c.path["resource"]
	ref, err := parseReference(c.Request, arn, "")
	if err != nil || !strings.HasPrefix(arn, "arn:") || ref.qualifier != "" {
		return reference{}, invalidParameter("The resource ARN '%s' is not the ARN of a function.", arn)
	}
	return ref, nil
}

func (s *Service) listTags(c call) (plan, error) {
	ref, err := c.tagged()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("ListTags", ref, func(call) (reply, error) {
		f, err := s.read(ref)
		tags := map[string]string{}
		maps.Copy(tags, f.Tags)
		return reply{status: http.StatusOK, body: map[string]any{"Tags": tags}}, err
	}), nil
}

func (s *Service) tagResource(c call) (plan, error) {
	ref, err := c.tagged()
	if err != nil {
		return plan{}, err
	}
	var in struct{ Tags map[string]string }
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction("TagResource", ref, func(call) (reply, error) {
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			all := map[string]string{}
			maps.Copy(all, f.Tags)
			maps.Copy(all, in.Tags)
			f.Tags = all
			return checkTags(all)
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

func (s *Service) untagResource(c call) (plan, error) {
	ref, err := c.tagged()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("UntagResource", ref, func(call) (reply, error) {
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			maps.DeleteFunc(f.Tags, func(name, _ string) bool {
				return slices.Contains(c.query["tagKeys"], name)
			})
			return nil
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

// checkTags knows the limits of tags on a function.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return invalidParameter("Tag count exceeds the limit of 50 tags per resource.")
	}
	for name, value := range tags {
		if name == "" || len(name) > 128 || len(value) > 256 || strings.HasPrefix(strings.ToLower(name), "aws:") {
			return invalidParameter("The tag '%s' is not valid.", name)
		}
	}
	return nil
}
