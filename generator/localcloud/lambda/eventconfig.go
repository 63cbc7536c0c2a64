package lambda

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// eventConfig says how asynchronous events of a function are retried.
type eventConfig struct {
	LastModified time.Time
	Retries      *int // nil for the default
	Age          *int // seconds; nil for the default
}

// eventLimits are how often an event is tried again after the function failed, and
// how old it may become.
func (f function) eventLimits(qualifier string) (retries int, age time.Duration) {
	retries, age = 2, maxEventAge
	config := f.EventConfigs[policyKey(qualifier)]
	set(&retries, config.Retries)
	if config.Age != nil {
		age = time.Duration(*config.Age) * time.Second
	}
	return retries, age
}

type eventConfigInput struct {
	MaximumRetryAttempts     *int
	MaximumEventAgeInSeconds *int
	DestinationConfig        *struct {
		OnSuccess, OnFailure struct{ Destination string }
	}
}

func (in eventConfigInput) check() error {
	var wrong violations
	between(&wrong, in.MaximumRetryAttempts, "maximumRetryAttempts", 0, 2)
	between(&wrong, in.MaximumEventAgeInSeconds, "maximumEventAgeInSeconds", 60, int(maxEventAge.Seconds()))
	if err := wrong.err(); err != nil {
		return err
	}
	if d := in.DestinationConfig; d != nil && d.OnSuccess.Destination+d.OnFailure.Destination != "" {
		return api.NotImplemented("lambda", "PutFunctionEventInvokeConfig with a destination")
	}
	return nil
}

// eventConfigOutput is a configuration as the API shows it.
type eventConfigOutput struct {
	FunctionArn              string
	LastModified             json.Number // seconds since 1970
	MaximumRetryAttempts     *int        `json:",omitempty"`
	MaximumEventAgeInSeconds *int        `json:",omitempty"`
	DestinationConfig        struct{ OnSuccess, OnFailure struct{} }
}

func (config eventConfig) output(ref reference) eventConfigOutput {
	if ref.qualifier == "" {
		ref.qualifier = latest
	}
	modified, err := json.Marshal(float64(config.LastModified.UnixMilli()) / 1000)
	if err != nil {
		modified = []byte("0") // a number always encodes
	}
	return eventConfigOutput{
		FunctionArn: ref.arn(), LastModified: json.Number(modified),
		MaximumRetryAttempts: config.Retries, MaximumEventAgeInSeconds: config.Age,
	}
}

func noEventConfig(ref reference) error {
	if ref.qualifier == "" {
		ref.qualifier = latest
	}
	return notFound("The function %s doesn't have an EventInvokeConfig", ref.arn())
}

// putEventConfig replaces the configuration; updateEventConfig changes what it names.
func (s *Service) putEventConfig(c call) (plan, error) {
	return s.writeEventConfig(c, "PutFunctionEventInvokeConfig", true)
}

func (s *Service) updateEventConfig(c call) (plan, error) {
	return s.writeEventConfig(c, "UpdateFunctionEventInvokeConfig", false)
}

func (s *Service) writeEventConfig(c call, action string, replace bool) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in eventConfigInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction(action, ref, func(call) (reply, error) {
		if err := in.check(); err != nil {
			return reply{}, err
		}
		var config eventConfig
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			if _, err := f.resolve(ref.qualifier); err != nil {
				return err
			}
			if !replace {
				var found bool
				if config, found = f.EventConfigs[policyKey(ref.qualifier)]; !found {
					return noEventConfig(ref)
				}
			}
			if in.MaximumRetryAttempts != nil {
				config.Retries = in.MaximumRetryAttempts
			}
			if in.MaximumEventAgeInSeconds != nil {
				config.Age = in.MaximumEventAgeInSeconds
			}
			config.LastModified = s.Now()
			put(&f.EventConfigs, policyKey(ref.qualifier), config)
			return nil
		})
		return reply{status: http.StatusOK, body: config.output(ref)}, err
	}), nil
}

func (s *Service) getEventConfig(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetFunctionEventInvokeConfig", ref, func(call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		config, found := f.EventConfigs[policyKey(ref.qualifier)]
		if !found {
			return reply{}, noEventConfig(ref)
		}
		return reply{status: http.StatusOK, body: config.output(ref)}, nil
	}), nil
}

func (s *Service) deleteEventConfig(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("DeleteFunctionEventInvokeConfig", ref, func(call) (reply, error) {
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			if _, found := f.EventConfigs[policyKey(ref.qualifier)]; !found {
				return noEventConfig(ref)
			}
			delete(f.EventConfigs, policyKey(ref.qualifier))
			return nil
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

type listEventConfigsOutput struct {
	FunctionEventInvokeConfigs []eventConfigOutput
	NextMarker                 string `json:",omitempty"`
}

func (s *Service) listEventConfigs(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("ListFunctionEventInvokeConfigs", ref.unqualified(), func(c call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		var all []eventConfigOutput
		for _, qualifier := range slices.Sorted(maps.Keys(f.EventConfigs)) {
			all = append(all, f.EventConfigs[qualifier].output(ref.with(qualifier)))
		}
		page, next, err := paginate(c, all)
		return reply{status: http.StatusOK, body: listEventConfigsOutput{page, next}}, err
	}), nil
}
