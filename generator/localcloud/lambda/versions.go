package lambda

import (
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"sendform/generator/localcloud/store"
)

// publish makes a version of what the function is now. As on AWS, nothing new is
// published when nothing changed since the last time.
func (s *Service) publish(f *function, description string) configuration {
	version := f.Latest
	if description != "" {
		version.Description = description
	}
	if last := len(f.Published) - 1; last >= 0 && f.Published[last].sameAs(version) {
		return f.Published[last]
	}
	version.Version = strconv.Itoa(f.NextVersion)
	version.FunctionArn = f.reference().with(version.Version).arn()
	version.RevisionId = newID()
	if due, settling := f.Settling[latest]; settling {
		f.Settling[version.Version] = due
	}
	if version.SnapStart.ApplyOn == onPublishedVersions {
		version.pend()
		delete(f.Settling, version.Version) // takeSnapshot tells when it is done
	}
	f.NextVersion++
	f.Published = append(f.Published, version)
	return version
}

// sameAs compares the code and settings of two versions.
func (config configuration) sameAs(other configuration) bool {
	strip := func(c configuration) configuration {
		c.settled()
		c.Version, c.FunctionArn, c.RevisionId, c.LastModified, c.SnapStart.OptimizationStatus = "", "", "", "", ""
		return c
	}
	return reflect.DeepEqual(strip(config), strip(other))
}

func (s *Service) publishVersion(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in struct{ CodeSha256, Description, RevisionId string }
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction("PublishVersion", ref.unqualified(), func(call) (reply, error) {
		var version configuration
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			if err := checkRevision(in.RevisionId, f.Latest.RevisionId); err != nil {
				return err
			}
			if err := f.checkIdle(); err != nil {
				return err
			}
			if in.CodeSha256 != "" && in.CodeSha256 != f.Latest.CodeSha256 {
				return invalidParameter("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). "+
					"Please try again with the CodeSHA256 in $LATEST.", in.CodeSha256, f.Latest.CodeSha256)
			}
			version = s.publish(f, in.Description)
			return nil
		})
		if err == nil {
			err = s.published(ref, version)
		}
		return reply{status: http.StatusCreated, body: version}, err
	}), nil
}

type listVersionsOutput struct {
	Versions   []configuration
	NextMarker string `json:",omitempty"`
}

func (s *Service) listVersions(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("ListVersionsByFunction", ref.unqualified(), func(c call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		all := append([]configuration{f.Latest.as(f, latest, true)}, f.Published...)
		page, next, err := paginate(c, all)
		return reply{status: http.StatusOK, body: listVersionsOutput{page, next}}, err
	}), nil
}

var (
	aliasName   = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,128}$`)
	onlyDigits  = regexp.MustCompile(`^[0-9]+$`)
	versionForm = regexp.MustCompile(`^(\$LATEST|[0-9]+)$`)
)

// refersTo says whether an alias can lead to a version.
func (a alias) refersTo(version string) bool {
	if a.FunctionVersion == version {
		return true
	}
	if a.RoutingConfig == nil {
		return false
	}
	_, weighted := a.RoutingConfig.AdditionalVersionWeights[version]
	return weighted
}

type aliasInput struct {
	Name            string
	FunctionVersion *string
	Description     *string
	RoutingConfig   *routing
	RevisionId      string
}

// apply writes an input into an alias and checks the outcome.
func (in aliasInput) apply(f function, a *alias) error {
	set(&a.FunctionVersion, in.FunctionVersion)
	set(&a.Description, in.Description)
	if in.RoutingConfig != nil {
		a.RoutingConfig = nil
		if len(in.RoutingConfig.AdditionalVersionWeights) > 0 {
			a.RoutingConfig = in.RoutingConfig
		}
	}
	if !versionForm.MatchString(a.FunctionVersion) {
		var wrong violations
		wrong.add(a.FunctionVersion, "functionVersion", `Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)`)
		return wrong.err()
	}
	if _, found := f.version(a.FunctionVersion); !found {
		return notFound("Function not found: %s", f.reference().with(a.FunctionVersion).arn())
	}
	if a.RoutingConfig != nil {
		return a.RoutingConfig.check(f, a.FunctionVersion)
	}
	return nil
}

func (r routing) check(f function, main string) error {
	if len(r.AdditionalVersionWeights) > 1 {
		return invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for version, weight := range r.AdditionalVersionWeights {
		if version == latest || main == latest {
			return invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version")
		}
		if _, found := f.version(version); !found {
			return notFound("Function not found: %s", f.reference().with(version).arn())
		}
		if version == main || weight < 0 || weight > 1 {
			return invalidParameter("Invalid value %v for the weight of version %s", weight, version)
		}
	}
	return nil
}

func (s *Service) createAlias(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in aliasInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction("CreateAlias", ref.unqualified(), func(call) (reply, error) {
		var wrong violations
		if !aliasName.MatchString(in.Name) || onlyDigits.MatchString(in.Name) {
			wrong.add(in.Name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")
		}
		if err := wrong.err(); err != nil {
			return reply{}, err
		}
		a := alias{AliasArn: ref.with(in.Name).arn(), Name: in.Name, RevisionId: newID()}
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			if _, exists := f.Aliases[in.Name]; exists {
				return conflict("Alias already exists: %s", a.AliasArn)
			}
			if err := in.apply(*f, &a); err != nil {
				return err
			}
			put(&f.Aliases, a.Name, a)
			return nil
		})
		return reply{status: http.StatusCreated, body: a}, err
	}), nil
}

// put writes into a map that may not be there yet.
func put[T any](m *map[string]T, key string, value T) {
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[key] = value
}

// alias finds an alias of a function.
func (f function) alias(name string) (alias, error) {
	a, found := f.Aliases[name]
	if !found {
		return alias{}, notFound("Cannot find alias arn: %s", f.reference().with(name).arn())
	}
	return a, nil
}

func (s *Service) getAlias(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetAlias", ref.unqualified(), func(c call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		a, err := f.alias(c.path["alias"])
		return reply{status: http.StatusOK, body: a}, err
	}), nil
}

func (s *Service) updateAlias(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in aliasInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onFunction("UpdateAlias", ref.unqualified(), func(c call) (reply, error) {
		var a alias
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			var err error
			if a, err = f.alias(c.path["alias"]); err != nil {
				return err
			}
			if err := checkRevision(in.RevisionId, a.RevisionId); err != nil {
				return err
			}
			if err := in.apply(*f, &a); err != nil {
				return err
			}
			a.RevisionId = newID()
			f.Aliases[a.Name] = a
			return nil
		})
		return reply{status: http.StatusOK, body: a}, err
	}), nil
}

func (s *Service) deleteAlias(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("DeleteAlias", ref.unqualified(), func(c call) (reply, error) {
		name := c.path["alias"]
		_, err := s.change(ref, func(tx store.Tx, f *function) error {
			if _, exists := f.Aliases[name]; !exists {
				return nil // as on AWS, deleting it again is no error
			}
			delete(f.Aliases, name)
			delete(f.Policies, name)
			delete(f.EventConfigs, name)
			delete(f.URLs, name)
			return s.urls.Delete(tx, urlID(ref.with(name)))
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

type listAliasesOutput struct {
	Aliases    []alias
	NextMarker string `json:",omitempty"`
}

func (s *Service) listAliases(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("ListAliases", ref.unqualified(), func(c call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		var all []alias
		for _, name := range slices.Sorted(maps.Keys(f.Aliases)) {
			if of := c.query.Get("FunctionVersion"); of == "" || f.Aliases[name].refersTo(of) {
				all = append(all, f.Aliases[name])
			}
		}
		page, next, err := paginate(c, all)
		return reply{status: http.StatusOK, body: listAliasesOutput{page, next}}, err
	}), nil
}
