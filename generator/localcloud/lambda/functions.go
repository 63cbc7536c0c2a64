package lambda

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

type createFunctionInput struct {
	settings
	FunctionName  string
	Code          code
	PackageType   string
	Architectures []string
	Publish       bool
	Tags          map[string]string
}

func (s *Service) createFunction(c call) (plan, error) {
	var in createFunctionInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	ref, err := parseReference(c.Request, in.FunctionName, "")
	if err != nil {
		return plan{}, err
	}
	if ref.account != c.Account() || ref.qualifier != "" {
		return plan{}, invalidParameter("A function can only be created by its name, in the account of the caller.")
	}
	needed := append([]api.Access{s.access("CreateFunction", ref)}, in.Code.access()...)
	if len(in.Tags) > 0 {
		needed = append(needed, s.access("TagResource", ref))
	}
	needed = append(needed, passRole(in.Role)...)
	needed[0].Context = layersKey(in.Layers)
	return plan{
		access: append(needed, s.layerUse(in.Layers)...),
		do: func(c call) (reply, error) {
			config, err := s.create(c.Context(), ref, in)
			return reply{status: http.StatusCreated, body: config}, err
		},
	}, nil
}

// passRole is what handing a role to Lambda takes.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func passRole(role *string) []api.Access {
	if role == nil {
		return nil
	}
	return []api.Access{{
		Action: "iam:PassRole", Resource: *role,
		Context: map[string][]string{"iam:passedtoservice": {serviceName}},
	}}
}

func (s *Service) create(ctx context.Context, ref reference, in createFunctionInput) (configuration, error) {
	if err := in.unsupported.check("CreateFunction"); err != nil {
		return configuration{}, err
	}
	if err := checkTags(in.Tags); err != nil {
		return configuration{}, err
	}
	config := configuration{
		FunctionName:     ref.name,
		FunctionArn:      ref.arn(),
		Timeout:          3,
		MemorySize:       minMemory,
		Version:          latest,
		PackageType:      "Zip",
		TracingConfig:    tracing{Mode: "PassThrough"},
		EphemeralStorage: ephemeralStorage{Size: minEphemeral},
		SnapStart:        snapStart{ApplyOn: "None", OptimizationStatus: "Off"},
		LoggingConfig:    loggingConfig{LogFormat: logFormatText, LogGroup: "/aws/lambda/" + ref.name},
	}
	config.settled()
	if in.PackageType != "" && in.PackageType != config.PackageType {
		return configuration{}, api.NotImplemented("lambda", "CreateFunction with PackageType "+in.PackageType)
	}
	if in.Role == nil {
		in.Role = new(string) // fails the check of its form
	}
	if err := setArchitectures(&config, in.Architectures); err != nil {
		return configuration{}, err
	}
	if err := in.apply(&config); err != nil {
		return configuration{}, err
	}
	if err := s.checkRole(ctx, config, ref.account); err != nil {
		return configuration{}, err
	}
	if _, err := s.read(ref); err == nil {
		return configuration{}, alreadyExists(ref) // before a package is unpacked for nothing
	}
	pkg, err := s.fetch(ctx, in.Code)
	if err != nil {
		return configuration{}, err
	}
	defer s.packages.release(pkg.SHA256)
	unzipped, err := s.packages.unzipped(pkg.SHA256)
	if err != nil {
		return configuration{}, err
	}
	config.CodeSha256, config.CodeSize = pkg.SHA256, pkg.Size
	s.touch(&config)

	answer := config
	err = s.DB.Update(func(tx store.Tx) error {
		if _, found, err := s.functions.Get(tx, ref.key()); err != nil {
			return err
		} else if found {
			return alreadyExists(ref)
		}
		var err error
		if config.Layers, err = s.useLayers(tx, ref.region, in.Layers); err != nil {
			return err
		}
		if err := s.checkUnzipped(tx, config, unzipped); err != nil {
			return err
		}
		row := function{
			ID: newID(), Account: ref.account, Region: ref.region, Name: ref.name, Latest: config,
			NextVersion: 1, Tags: in.Tags,
		}
		s.created(&row)
		answer = row.Latest
		if in.Publish {
			answer = s.publish(&row, "")
		}
		return s.functions.Put(tx, ref.key(), row)
	})
	if err == nil {
		err = s.published(ref, answer)
	}
	return answer, err
}

func alreadyExists(ref reference) error { return conflict("Function already exist: %s", ref.name) }

// touch marks a configuration as changed now.
func (s *Service) touch(config *configuration) {
	config.RevisionId = newID()
	config.LastModified = timestamp(s.Now())
}

var architectures = []string{"x86_64", "arm64"}

func setArchitectures(config *configuration, given []string) error {
	if len(given) == 0 {
		if config.Architectures == nil {
			config.Architectures = []string{"x86_64"}
		}
		return nil
	}
	if len(given) > 1 || !slices.Contains(architectures, given[0]) {
		return invalidParameter("Architectures must be one of [%s].", strings.Join(architectures, ", "))
	}
	config.Architectures = given
	return nil
}

// checkRole makes sure that Lambda can act as the function's role.
func (s *Service) checkRole(ctx context.Context, config configuration, account string) error {
	if roleARN.FindStringSubmatch(config.Role)[2] != account {
		return api.Errorf(http.StatusForbidden, "AccessDeniedException", "Cross-account pass role is not allowed.")
	}
	_, err := s.Roles.AssumeForService(ctx, config.Role, serviceName, config.FunctionName)
	if refused := (*api.Error)(nil); errors.As(err, &refused) {
		return invalidParameter("The role defined for the function cannot be assumed by Lambda.")
	}
	if err != nil {
		return fmt.Errorf("assume the role of %s: %w", config.FunctionName, err)
	}
	return nil
}

// serviceName is the principal that a function's role must trust.
const serviceName = "lambda.amazonaws.com"

type getFunctionOutput struct {
	Configuration configuration
	Code          struct{ RepositoryType, Location string }
	Tags          map[string]string `json:",omitempty"`
	Concurrency   *concurrency      `json:",omitempty"`
}

func (s *Service) getFunction(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetFunction", ref, func(call) (reply, error) {
		f, config, err := s.find(ref)
		if err != nil {
			return reply{}, err
		}
		out := getFunctionOutput{Configuration: config, Tags: f.Tags}
		out.Code.RepositoryType = "S3"
		// Shaped as on AWS but not signed: packages cannot be downloaded here.
		out.Code.Location = fmt.Sprintf("https://awslambda-%s-tasks.s3.%s.amazonaws.com/snapshots/%s/%s-%s",
			f.Region, f.Region, f.Account, f.Name, f.ID)
		if f.Reserved != nil {
			out.Concurrency = &concurrency{ReservedConcurrentExecutions: f.Reserved}
		}
		return reply{status: http.StatusOK, body: out}, nil
	}), nil
}

// find reads a function and the version that the reference names.
func (s *Service) find(ref reference) (function, configuration, error) {
	f, err := s.read(ref)
	if err != nil {
		return function{}, configuration{}, err
	}
	config, err := f.resolve(ref.qualifier)
	return f, config, err
}

func (s *Service) getFunctionConfiguration(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetFunctionConfiguration", ref, func(call) (reply, error) {
		_, config, err := s.find(ref)
		return reply{status: http.StatusOK, body: config}, err
	}), nil
}

func (s *Service) updateFunctionConfiguration(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in settings
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	p := s.onFunction("UpdateFunctionConfiguration", ref, func(c call) (reply, error) {
		if err := in.unsupported.check("UpdateFunctionConfiguration"); err != nil {
			return reply{}, err
		}
		if in.Role != nil {
			named := configuration{FunctionName: ref.name, Role: *in.Role}
			var wrong violations
			in.checkForms(&wrong)
			if err := wrong.err(); err != nil {
				return reply{}, err
			}
			if err := s.checkRole(c.Context(), named, ref.account); err != nil {
				return reply{}, err
			}
		}
		config, err := s.updateConfiguration(ref, in)
		return reply{status: http.StatusOK, body: config}, err
	})
	p.access[0].Context = layersKey(in.Layers)
	p.access = append(append(p.access, passRole(in.Role)...), s.layerUse(in.Layers)...)
	return p, nil
}

func (s *Service) updateConfiguration(ref reference, in settings) (configuration, error) {
	before, err := s.read(ref)
	if err != nil {
		return configuration{}, err
	}
	var unzipped int64
	if len(in.Layers) > 0 {
		s.packages.hold(before.Latest.CodeSha256)
		defer s.packages.release(before.Latest.CodeSha256)
		if unzipped, err = s.packages.unzipped(before.Latest.CodeSha256); err != nil {
			return configuration{}, err
		}
	}
	var packages []string
	f, err := s.change(ref, func(tx store.Tx, f *function) error {
		if err := checkRevision(in.RevisionId, f.Latest.RevisionId); err != nil {
			return err
		}
		if err := f.checkIdle(); err != nil {
			return err
		}
		var err error
		if packages, err = s.packagesOf(tx, f.Latest); err != nil {
			return err
		}
		if err := in.apply(&f.Latest); err != nil {
			return err
		}
		if in.Layers != nil {
			if f.Latest.CodeSha256 != before.Latest.CodeSha256 {
				return updateUnderWay(f.Latest) // it was measured for nothing
			}
			if f.Latest.Layers, err = s.useLayers(tx, ref.region, in.Layers); err != nil {
				return err
			}
			if err := s.checkUnzipped(tx, f.Latest, unzipped); err != nil {
				return err
			}
		}
		s.updated(f)
		return nil
	})
	if err != nil {
		return configuration{}, err
	}
	s.retire(f.ID)
	s.packages.sweep(packages...)
	return f.Latest, nil
}

// checkRevision compares the revision that a caller expects, if it names one.
func checkRevision(expected, actual string) error {
	if expected != "" && expected != actual {
		return stalePrecondition()
	}
	return nil
}

func (s *Service) deleteFunction(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("DeleteFunction", ref, func(call) (reply, error) {
		return reply{status: http.StatusNoContent}, s.delete(ref)
	}), nil
}

// delete removes a function, or one published version of it.
func (s *Service) delete(ref reference) error {
	var f function
	var packages []string
	err := s.DB.Update(func(tx store.Tx) error {
		var err error
		if f, err = s.function(tx, ref); err != nil {
			return err
		}
		if ref.qualifier != "" {
			removed, err := f.removeVersion(ref)
			if err != nil {
				return err
			}
			if packages, err = s.packagesOf(tx, removed); err != nil {
				return err
			}
			return s.functions.Put(tx, ref.key(), f)
		}
		if packages, err = s.packagesOf(tx, append(f.Published, f.Latest)...); err != nil {
			return err
		}
		for qualifier := range f.URLs {
			if err := s.urls.Delete(tx, urlID(ref.with(qualifier))); err != nil {
				return err
			}
		}
		return s.functions.Delete(tx, ref.key())
	})
	if err != nil {
		return err
	}
	s.retire(f.ID)
	s.packages.sweep(packages...)
	return nil
}

func (f *function) removeVersion(ref reference) (configuration, error) {
	if ref.qualifier == latest {
		return configuration{}, invalidParameter("$LATEST version cannot be deleted without deleting the function.")
	}
	if _, isAlias := f.Aliases[ref.qualifier]; isAlias {
		return configuration{}, invalidParameter("DeleteFunction cannot be used to delete an alias: %s", ref.arn())
	}
	for _, a := range f.Aliases {
		if a.refersTo(ref.qualifier) {
			return configuration{}, conflict("Cannot delete version %s: alias %s refers to it.", ref.qualifier, a.Name)
		}
	}
	removed, found := f.version(ref.qualifier)
	if !found {
		return configuration{}, notFound("Function not found: %s", ref.arn())
	}
	f.Published = slices.DeleteFunc(f.Published, func(c configuration) bool { return c.Version == ref.qualifier })
	delete(f.Policies, ref.qualifier)
	delete(f.EventConfigs, ref.qualifier)
	delete(f.Settling, ref.qualifier)
	return removed, nil
}

type listFunctionsOutput struct {
	Functions  []configuration
	NextMarker string `json:",omitempty"`
}

func (s *Service) listFunctions(c call) (plan, error) {
	return plan{
		access: []api.Access{{Action: "lambda:ListFunctions", Resource: "*"}},
		do: func(c call) (reply, error) {
			var all []configuration
			everyVersion := c.query.Get("FunctionVersion") == "ALL"
			err := s.DB.View(func(tx store.Tx) error {
				own := store.Key(c.Account(), c.Region, "")
				return s.functions.Scan(tx, own, "", func(_ string, f function) bool {
					f.settle(s.Now())
					all = append(all, f.Latest.as(f, latest, everyVersion))
					if everyVersion {
						all = append(all, f.Published...)
					}
					return true
				})
			})
			if err != nil {
				return reply{}, err
			}
			page, next, err := paginate(c, all)
			return reply{status: http.StatusOK, body: listFunctionsOutput{page, next}}, err
		},
	}, nil
}

// as gives a configuration the qualified ARN that listings of versions show.
func (config configuration) as(f function, qualifier string, qualified bool) configuration {
	if qualified {
		config.FunctionArn = f.reference().with(qualifier).arn()
	}
	return config
}

// paginate cuts the page out of a listing that Marker and MaxItems ask for. A
// marker is the number of items before the page, encoded; at most 50 are given.
func paginate[T any](c call, all []T) (page []T, next string, err error) {
	const most = 50
	size := most
	if asked := c.query.Get("MaxItems"); asked != "" {
		if size, err = strconv.Atoi(asked); err != nil || size < 1 {
			var wrong violations
			wrong.add(asked, "maxItems", "Member must have value greater than or equal to 1")
			return nil, "", wrong.err()
		}
	}
	from := 0
	if marker := c.query.Get("Marker"); marker != "" {
		text, err := base64.RawURLEncoding.DecodeString(marker)
		if err == nil {
			from, err = strconv.Atoi(string(text))
		}
		if err != nil || from < 0 || from > len(all) {
			return nil, "", invalidParameter("Invalid Marker")
		}
	}
	to := min(len(all), from+min(size, most))
	if to < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return append([]T{}, all[from:to]...), next, nil
}
