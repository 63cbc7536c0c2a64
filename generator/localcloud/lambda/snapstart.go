package lambda

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// A version with SnapStart is started once when it is published. There are no
// snapshots here: the environment that was started is kept for the first call, and
// others are started as usual. What a function can see of SnapStart is as on AWS.
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html

const (
	onPublishedVersions = "PublishedVersions"
	// credentialsPath is where a restored environment finds its role's credentials.
	credentialsPath = "/2021-04-23/credentials"
)

// restored says whether an environment comes from a snapshot.
func (e *environment) restored() bool {
	return e.config.SnapStart.ApplyOn == onPublishedVersions && e.config.Version != latest
}

// handleCredentials gives the role's credentials to a process that has none in its
// environment, in the form that the AWS SDKs read.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
func (e *environment) handleCredentials(w http.ResponseWriter, r *http.Request) {
	if e.token == "" || r.Header.Get("Authorization") != e.token {
		answerRuntime(w, http.StatusForbidden, `{"code":"AccessDenied","message":"invalid token"}`)
		return
	}
	credentials, err := e.credentials(r.Context())
	if err != nil {
		answerRuntime(w, http.StatusInternalServerError, `{"code":"InternalError","message":"the role cannot be assumed"}`)
		return
	}
	body, err := json.Marshal(map[string]string{
		"AccessKeyId": credentials.AccessKeyID, "SecretAccessKey": credentials.SecretAccessKey,
		"Token": credentials.SessionToken, "Expiration": credentials.Expires.UTC().Format(time.RFC3339),
	})
	if err == nil { // strings always encode
		answerRuntime(w, http.StatusOK, string(body))
	}
}

// snapshotPatience is how long the start of a version may take when it is published.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const snapshotPatience = 130 * time.Second

// snapshotPending says whether a version waits for its first start.
func (config configuration) snapshotPending() bool {
	return config.SnapStart.ApplyOn == onPublishedVersions && config.Version != latest && config.State == statePending
}

// published starts a version that was just published, if it is to be started.
func (s *Service) published(ref reference, version configuration) error {
	if !version.snapshotPending() {
		return nil
	}
	return s.background(func() { s.takeSnapshot(ref.with(version.Version)) })
}

// takeSnapshot starts a published version for the first time and notes how that went.
// When the cloud is closed meanwhile the version stays pending.
func (s *Service) takeSnapshot(ref reference) {
	if !s.wait(s.Settle) {
		return
	}
	f, config, err := s.find(ref)
	if err != nil || !config.snapshotPending() {
		return // deleted, or somebody else did it
	}
	reason, code := s.firstStart(f, config)
	if s.stopping.Err() != nil {
		return
	}
	_, err = s.change(ref, func(_ store.Tx, now *function) error {
		version := now.at(ref.qualifier)
		if now.ID != f.ID || version == nil {
			return nil // deleted meanwhile
		}
		version.settled()
		version.SnapStart.OptimizationStatus = "On"
		if code != "" {
			version.State, version.StateReason, version.StateReasonCode = stateFailed, reason, code
			version.SnapStart.OptimizationStatus = "Off"
		}
		return nil
	})
	if gone := (*api.Error)(nil); err != nil && !errors.As(err, &gone) {
		s.Logger.Error("publish a version", "function", ref.arn(), "error", err)
	}
}

// firstStart starts an environment and keeps it for the first call. When that fails it
// says why, with one of the API's codes.
func (s *Service) firstStart(f function, config configuration) (reason, code string) {
	p := s.pool(f.ID)
	epoch := p.now()
	e, broken, err := s.launch(s.stopping, f, config)
	if refused := (*api.Error)(nil); errors.As(err, &refused) {
		return refused.Message, "FunctionError"
	}
	if err != nil {
		return "The local cloud could not start the function.", "InternalError"
	}
	if broken != nil {
		return broken.reason, "FunctionError.InvalidEntryPoint"
	}
	patience := time.NewTimer(s.firstStartFor)
	defer patience.Stop()
	select {
	case <-e.ready:
		p.putBack(e, epoch, s.idleFor)
		return "", ""
	case <-e.exited:
		return e.whyNotStarted(), "FunctionError.RuntimeInitError"
	case <-patience.C:
		e.endNow()
		return "The function's initialization took too long.", "FunctionError.InitTimeout"
	case <-s.stopping.Done():
		e.endNow()
		return "", ""
	}
}

// whyNotStarted is what the runtime reported, or how it ended.
func (e *environment) whyNotStarted() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var reported struct{ ErrorMessage string }
	if e.initError != nil && json.Unmarshal(e.initError.payload, &reported) == nil && reported.ErrorMessage != "" {
		return reported.ErrorMessage
	}
	return e.exit
}
