package secretsmanager

import (
	"slices"

	"sendform/generator/localcloud/rpc"
)

// The staging labels that Secrets Manager itself moves.
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// move puts a staging label on a version and takes it off every other. Whoever loses
// AWSCURRENT becomes AWSPREVIOUS.
func (s *secret) move(stage, id string) {
	from := s.staged(stage)
	if from != nil && from.ID == id {
		return
	}
	if from != nil {
		from.drop(stage)
	}
	to := s.version(id)
	to.Stages = append(to.Stages, stage)
	if stage == current && from != nil {
		s.move(previous, from.ID)
	}
}

func (v *version) drop(stage string) {
	v.Stages = slices.DeleteFunc(v.Stages, func(has string) bool { return has == stage })
}

type updateSecretVersionStageInput struct {
	onOne

	VersionStage        string
	MoveToVersionID     string `json:"MoveToVersionId"`
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
}

func (in updateSecretVersionStageInput) keys() map[string][]string {
	return map[string][]string{"secretsmanager:versionstage": {in.VersionStage}}
}

type secretOutput struct{ ARN, Name string }

func (s *Service) updateSecretVersionStage(at rpc.Scope, in updateSecretVersionStageInput) (secretOutput, error) {
	at = owner(at, in.SecretID)
	row, err := s.change(at, in.SecretID, in.apply)
	if err != nil {
		return secretOutput{}, err
	}
	return secretOutput{row.arn(at), row.Name}, nil
}

// apply moves or removes the label.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
func (in updateSecretVersionStageInput) apply(row *secret) error {
	for _, id := range []string{in.MoveToVersionID, in.RemoveFromVersionID} {
		if id != "" && row.version(id) == nil {
			return notFound("secret version: " + id)
		}
	}
	holder := row.staged(in.VersionStage)
	switch {
	case in.VersionStage == "":
		return invalidParameter("You must provide a VersionStage.")
	case in.MoveToVersionID == "" && in.RemoveFromVersionID == "":
		return invalidParameter("You must provide MoveToVersionId or RemoveFromVersionId.")
	case in.RemoveFromVersionID != "" && (holder == nil || holder.ID != in.RemoveFromVersionID):
		return invalidParameter("The staging label %s is not attached to the version %s.", in.VersionStage, in.RemoveFromVersionID)
	case in.MoveToVersionID == "" && in.VersionStage == current:
		return invalidParameter("You can only move staging label %s to a different secret version. It can't be completely removed.", current)
	case in.MoveToVersionID == "":
		holder.drop(in.VersionStage)
		return nil
	case holder != nil && in.RemoveFromVersionID == "" && holder.ID != in.MoveToVersionID:
		return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, "+
			"so you must explicitly reference that version in RemoveFromVersionId.", in.VersionStage, holder.ID)
	}
	row.move(in.VersionStage, in.MoveToVersionID)
	if len(row.version(in.MoveToVersionID).Stages) > maxStages {
		return refused("LimitExceededException", "A version can have at most %d staging labels.", maxStages)
	}
	return nil
}
