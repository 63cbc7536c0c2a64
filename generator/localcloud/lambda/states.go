package lambda

import (
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
)

// The states of a version and of its last update.
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
const (
	statePending = "Pending"
	stateActive  = "Active"
	stateFailed  = "Failed"

	updateInProgress = "InProgress"
	updateSuccessful = "Successful"
)

// pend marks a version as being made.
func (config *configuration) pend() {
	config.State, config.StateReason, config.StateReasonCode = statePending, "The function is being created.", "Creating"
}

// settled marks a version as made, and its last update as done.
func (config *configuration) settled() {
	config.State, config.StateReason, config.StateReasonCode = stateActive, "", ""
	config.LastUpdateStatus, config.LastUpdateStatusReason, config.LastUpdateStatusReasonCode = updateSuccessful, "", ""
}

// created has a new function be pending for a while, if changes take time.
func (s *Service) created(f *function) {
	if s.Settle > 0 {
		f.Latest.pend()
		put(&f.Settling, latest, s.Now().Add(s.Settle))
	}
}

// updated has an update be in progress for a while, if changes take time. The words
// are AWS's, who speaks of creation here too.
func (s *Service) updated(f *function) {
	s.touch(&f.Latest)
	if s.Settle > 0 {
		f.Latest.LastUpdateStatus = updateInProgress
		f.Latest.LastUpdateStatusReason, f.Latest.LastUpdateStatusReasonCode = "The function is being created.", "Creating"
		put(&f.Settling, latest, s.Now().Add(s.Settle))
	}
}

// settle makes what was due to be done done.
func (f *function) settle(now time.Time) {
	for version, due := range f.Settling {
		if now.Before(due) {
			continue
		}
		if config := f.at(version); config != nil {
			config.settled()
		}
		delete(f.Settling, version)
	}
}

// checkIdle refuses a change while another one is under way.
func (f function) checkIdle() error {
	if f.Latest.State != stateActive {
		return wrongState(f.Latest)
	}
	if f.Latest.LastUpdateStatus == updateInProgress {
		return updateUnderWay(f.Latest)
	}
	return nil
}

func updateUnderWay(config configuration) error {
	return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", config.FunctionArn)
}

// checkReady refuses to run a version that cannot run now.
func (config configuration) checkReady() error {
	switch {
	case config.State == stateActive:
		return nil
	case config.State == statePending && config.SnapStart.ApplyOn == onPublishedVersions && config.Version != latest:
		return api.Errorf(http.StatusConflict, "SnapStartNotReadyException",
			"Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.")
	}
	return wrongState(config)
}

func wrongState(config configuration) error {
	return conflict("The operation cannot be performed at this time. The function is currently in the following state: %s", config.State)
}
