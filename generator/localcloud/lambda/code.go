package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// code is where a call says that the package is.
type code struct {
	ZipFile         []byte
	S3Bucket        string
	S3Key           string
	S3ObjectVersion string
	ImageUri        string
}

// access is what the caller itself must be allowed to read: Lambda fetches the
// package in the caller's name.
func (c code) access() []api.Access {
	if c.S3Bucket == "" {
		return nil
	}
	action := "s3:GetObject"
	if c.S3ObjectVersion != "" {
		action = "s3:GetObjectVersion"
	}
	return []api.Access{{Action: action, Resource: "arn:aws:s3:::" + c.S3Bucket + "/" + c.S3Key}}
}

// maxInlineZip is the largest package that a request itself may hold.
const maxInlineZip = 50 << 20

// fetch unpacks the package and holds it for the caller.
func (s *Service) fetch(ctx context.Context, from code) (codePackage, error) {
	switch {
	case from.ImageUri != "":
		return codePackage{}, api.NotImplemented("lambda", "functions made from container images")
	case len(from.ZipFile) > maxInlineZip:
		return codePackage{}, api.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"Request must be smaller than %d bytes for the operation: the package has more than 50 MB. Upload it to S3.",
			base64.StdEncoding.EncodedLen(maxInlineZip))
	case from.ZipFile != nil && from.S3Bucket == "":
		return s.packages.add(bytes.NewReader(from.ZipFile))
	case from.S3Bucket == "" || from.S3Key == "" || from.ZipFile != nil:
		return codePackage{}, invalidParameter("Please provide a source for function code.")
	}
	object, err := s.Code.Object(ctx, from.S3Bucket, from.S3Key, from.S3ObjectVersion)
	if refused := (*api.Error)(nil); errors.As(err, &refused) {
		return codePackage{}, invalidParameter(
			"Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", refused.Code, refused.Message)
	}
	if err != nil {
		return codePackage{}, fmt.Errorf("fetch the package: %w", err)
	}
	defer object.Close()
	return s.packages.add(object)
}

type updateFunctionCodeInput struct {
	code
	Architectures []string
	DryRun        bool
	Publish       bool
	RevisionId    string
}

func (s *Service) updateFunctionCode(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in updateFunctionCodeInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	p := s.onFunction("UpdateFunctionCode", ref, func(c call) (reply, error) {
		config, err := s.updateCode(c.Context(), ref, in)
		return reply{status: http.StatusOK, body: config}, err
	})
	p.access = append(p.access, in.access()...)
	return p, nil
}

// errDryRun ends a transaction that must not leave anything.
var errDryRun = errors.New("dry run")

func (s *Service) updateCode(ctx context.Context, ref reference, in updateFunctionCodeInput) (configuration, error) {
	before, err := s.read(ref)
	if err != nil {
		return configuration{}, err
	}
	// Held so that the old package outlives the change; its release removes it.
	s.packages.hold(before.Latest.CodeSha256)
	defer s.packages.release(before.Latest.CodeSha256)
	pkg, err := s.fetch(ctx, in.code)
	if err != nil {
		return configuration{}, err
	}
	defer s.packages.release(pkg.SHA256)
	unzipped, err := s.packages.unzipped(pkg.SHA256)
	if err != nil {
		return configuration{}, err
	}

	var answer configuration
	f, err := s.change(ref, func(tx store.Tx, f *function) error {
		if err := checkRevision(in.RevisionId, f.Latest.RevisionId); err != nil {
			return err
		}
		if err := f.checkIdle(); err != nil {
			return err
		}
		if err := setArchitectures(&f.Latest, in.Architectures); err != nil {
			return err
		}
		if err := s.checkUnzipped(tx, f.Latest, unzipped); err != nil {
			return err
		}
		f.Latest.CodeSha256, f.Latest.CodeSize = pkg.SHA256, pkg.Size
		s.updated(f)
		answer = f.Latest
		if in.DryRun {
			return errDryRun
		}
		if in.Publish {
			answer = s.publish(f, "")
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return answer, nil
	}
	if err != nil {
		return configuration{}, err
	}
	s.retire(f.ID)
	return answer, s.published(ref, answer)
}
