package lambda

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// layer is one row: a layer with all of its versions. Version 1 is the first; a
// number is never given twice, so a version that was deleted keeps its place.
type layer struct {
	Account, Region, Name string
	Versions              []layerVersion
}

// layerVersion is a version of a layer, deleted or not: functions that were made
// with it keep it.
// https://docs.aws.amazon.com/lambda/latest/dg/deleting-layers.html
type layerVersion struct {
	Deleted       bool
	Description   string
	LicenseInfo   string
	Runtimes      []string
	Architectures []string
	Created       string
	CodeSha256    string
	CodeSize      int64 // of the zip, bytes
	Unzipped      int64 // bytes
	Policy        policy
}

// layerReference names a layer, or a version of it.
type layerReference struct {
	account, region, name string
	version               int // 0 is the layer itself
}

var (
	layerForm       = regexp.MustCompile(`^(?:arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:)?([a-zA-Z0-9-_]{1,140})$`)
	layerVersionARN = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]{1,140}):(\d{1,9})$`)
)

func (l layerReference) arn() string {
	arn := fmt.Sprintf("arn:aws:lambda:%s:%s:layer:%s", l.region, l.account, l.name)
	if l.version > 0 {
		arn += ":" + strconv.Itoa(l.version)
	}
	return arn
}

func (l layerReference) key() string { return store.Key(l.account, l.region, l.name) }

// layer is the layer that the path names, and its version if the path has one.
func (c call) layer() (layerReference, error) {
	var wrong violations
	named, numbered := c.path["layer"], c.path["version"]
	form := layerForm.FindStringSubmatch(named)
	if form == nil {
		wrong.add(named, "layerName", "Member must satisfy regular expression pattern: "+layerForm.String())
		return layerReference{}, wrong.err()
	}
	l := layerReference{account: c.Account(), region: c.Region, name: form[3]}
	if form[1] != "" {
		l.region, l.account = form[1], form[2]
	}
	if l.region != c.Region {
		return layerReference{}, notFound("Layers from '%s' are not reachable in this region ('%s')", l.region, c.Region)
	}
	if numbered == "" {
		return l, nil
	}
	var err error
	if l.version, err = strconv.Atoi(numbered); err != nil || l.version < 1 {
		wrong.add(numbered, "versionNumber", "Member must have value greater than or equal to 1")
	}
	return l, wrong.err()
}

// parseLayerARN reads the ARN of a layer version.
func parseLayerARN(arn string) (layerReference, error) {
	form := layerVersionARN.FindStringSubmatch(arn)
	if form == nil {
		var wrong violations
		wrong.add(arn, "arn", "Member must satisfy regular expression pattern: "+layerVersionARN.String())
		return layerReference{}, wrong.err()
	}
	version, err := strconv.Atoi(form[4])
	return layerReference{region: form[1], account: form[2], name: form[3], version: version}, err
}

// version finds a version by its number, deleted or not.
func (l layer) version(number int) (layerVersion, bool) {
	if number < 1 || number > len(l.Versions) {
		return layerVersion{}, false
	}
	return l.Versions[number-1], true
}

// layerVersion reads a version, deleted or not.
func (s *Service) layerVersion(tx store.Tx, ref layerReference) (layerVersion, bool, error) {
	row, _, err := s.layers.Get(tx, ref.key())
	version, found := row.version(ref.version)
	return version, found, err
}

// onLayer is a call that needs one action on a layer or a version of it.
func (s *Service) onLayer(action string, ref layerReference, do func(call) (reply, error)) plan {
	return plan{access: []api.Access{s.layerAccess(action, ref)}, do: do}
}

func (s *Service) layerAccess(action string, ref layerReference) api.Access {
	needed := api.Access{Action: "lambda:" + action, Resource: ref.arn(), Owner: ref.account}
	err := s.DB.View(func(tx store.Tx) error {
		version, _, err := s.layerVersion(tx, ref)
		if err == nil {
			needed.Policy, err = version.Policy.document()
		}
		return err
	})
	if err != nil {
		s.Logger.Error("read a layer's policy", "layer", ref.arn(), "error", err)
	}
	return needed
}

type publishLayerInput struct {
	Content                 code
	Description             string
	LicenseInfo             string
	CompatibleRuntimes      []string
	CompatibleArchitectures []string
}

func (in publishLayerInput) check() error {
	var wrong violations
	if len(in.Description) > 256 {
		wrong.add(in.Description, "description", "Member must have length less than or equal to 256")
	}
	if len(in.LicenseInfo) > 512 {
		wrong.add(in.LicenseInfo, "licenseInfo", "Member must have length less than or equal to 512")
	}
	if len(in.CompatibleRuntimes) > 15 {
		wrong.add(fmt.Sprint(in.CompatibleRuntimes), "compatibleRuntimes", "Member must have length less than or equal to 15")
	}
	for _, runtime := range in.CompatibleRuntimes {
		oneOf(&wrong, runtime, "compatibleRuntimes", knownRuntimes...)
	}
	for _, architecture := range in.CompatibleArchitectures {
		oneOf(&wrong, architecture, "compatibleArchitectures", architectures...)
	}
	return wrong.err()
}

func (s *Service) publishLayerVersion(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	var in publishLayerInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	p := s.onLayer("PublishLayerVersion", ref, func(c call) (reply, error) {
		if err := in.check(); err != nil {
			return reply{}, err
		}
		pkg, err := s.fetch(c.Context(), in.Content)
		if err != nil {
			return reply{}, err
		}
		defer s.packages.release(pkg.SHA256)
		unzipped, err := s.packages.unzipped(pkg.SHA256)
		if err != nil {
			return reply{}, err
		}
		published := layerVersion{
			Description: in.Description, LicenseInfo: in.LicenseInfo, Created: timestamp(s.Now()),
			Runtimes: in.CompatibleRuntimes, Architectures: in.CompatibleArchitectures,
			CodeSha256: pkg.SHA256, CodeSize: pkg.Size, Unzipped: unzipped,
		}
		err = s.DB.Update(func(tx store.Tx) error {
			row, _, err := s.layers.Get(tx, ref.key())
			if err != nil {
				return err
			}
			row.Account, row.Region, row.Name = ref.account, ref.region, ref.name
			row.Versions = append(row.Versions, published)
			ref.version = len(row.Versions)
			return s.layers.Put(tx, ref.key(), row)
		})
		return reply{status: http.StatusCreated, body: published.whole(ref)}, err
	})
	p.access = append(p.access, in.Content.access()...)
	return p, nil
}

// layerVersionItem is how listings show a version.
type layerVersionItem struct {
	LayerVersionArn         string
	Version                 int
	Description             string `json:",omitempty"`
	CreatedDate             string
	CompatibleRuntimes      []string `json:",omitempty"`
	CompatibleArchitectures []string `json:",omitempty"`
	LicenseInfo             string   `json:",omitempty"`
}

// layerVersionOutput is a version with its content.
type layerVersionOutput struct {
	layerVersionItem
	LayerArn string
	Content  struct {
		Location   string
		CodeSha256 string
		CodeSize   int64
	}
}

func (v layerVersion) item(ref layerReference) layerVersionItem {
	return layerVersionItem{
		LayerVersionArn: ref.arn(), Version: ref.version, Description: v.Description, CreatedDate: v.Created,
		CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Architectures, LicenseInfo: v.LicenseInfo,
	}
}

func (v layerVersion) whole(ref layerReference) layerVersionOutput {
	out := layerVersionOutput{layerVersionItem: v.item(ref)}
	// Shaped as on AWS but not signed: packages cannot be downloaded here.
	out.Content.Location = fmt.Sprintf("https://awslambda-%s-layers.s3.%s.amazonaws.com/snapshots/%s/%s-%d",
		ref.region, ref.region, ref.account, ref.name, ref.version)
	out.Content.CodeSha256, out.Content.CodeSize = v.CodeSha256, v.CodeSize
	ref.version = 0
	out.LayerArn = ref.arn()
	return out
}

func (s *Service) getLayerVersion(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	return s.readLayerVersion(ref), nil
}

// getLayerVersionByARN is a permission on GetLayerVersion, as the console calls it.
func (s *Service) getLayerVersionByARN(c call) (plan, error) {
	ref, err := parseLayerARN(c.query.Get("Arn"))
	if err != nil {
		return plan{}, err
	}
	if ref.region != c.Region {
		return plan{}, notFound("Layers from '%s' are not reachable in this region ('%s')", ref.region, c.Region)
	}
	return s.readLayerVersion(ref), nil
}

func (s *Service) readLayerVersion(ref layerReference) plan {
	return s.onLayer("GetLayerVersion", ref, func(call) (reply, error) {
		version, err := s.existingLayerVersion(ref)
		return reply{status: http.StatusOK, body: version.whole(ref)}, err
	})
}

// existingLayerVersion reads a version that was not deleted.
func (s *Service) existingLayerVersion(ref layerReference) (layerVersion, error) {
	var version layerVersion
	err := s.DB.View(func(tx store.Tx) error {
		var found bool
		var err error
		version, found, err = s.layerVersion(tx, ref)
		if err == nil && (!found || version.Deleted) {
			err = nothingThere()
		}
		return err
	})
	return version, err
}

// deleteLayerVersion has no error for a version that is not there.
func (s *Service) deleteLayerVersion(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	return s.onLayer("DeleteLayerVersion", ref, func(call) (reply, error) {
		var deleted layerVersion
		err := s.DB.Update(func(tx store.Tx) error {
			row, _, err := s.layers.Get(tx, ref.key())
			if err != nil {
				return err
			}
			var found bool
			if deleted, found = row.version(ref.version); !found {
				return nil
			}
			row.Versions[ref.version-1].Deleted = true
			row.Versions[ref.version-1].Policy = policy{}
			return s.layers.Put(tx, ref.key(), row)
		})
		if err == nil && deleted.CodeSha256 != "" {
			s.packages.sweep(deleted.CodeSha256)
		}
		return reply{status: http.StatusNoContent}, err
	}), nil
}

// matches says whether a version is among those that a listing asks for.
func (v layerVersion) matches(c call) bool {
	runtime, architecture := c.query.Get("CompatibleRuntime"), c.query.Get("CompatibleArchitecture")
	return !v.Deleted &&
		(runtime == "" || slices.Contains(v.Runtimes, runtime)) &&
		(architecture == "" || slices.Contains(v.Architectures, architecture))
}

// matching are a layer's versions that a listing asks for, the newest first.
func (l layer) matching(c call) []layerVersionItem {
	var all []layerVersionItem
	for i, v := range slices.Backward(l.Versions) {
		if v.matches(c) {
			all = append(all, v.item(layerReference{l.Account, l.Region, l.Name, i + 1}))
		}
	}
	return all
}

type listLayerVersionsOutput struct {
	LayerVersions []layerVersionItem
	NextMarker    string `json:",omitempty"`
}

func (s *Service) listLayerVersions(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	return plan{
		access: []api.Access{{Action: "lambda:ListLayerVersions", Resource: "*", Owner: ref.account}},
		do: func(c call) (reply, error) {
			var row layer
			err := s.DB.View(func(tx store.Tx) error {
				var err error
				row, _, err = s.layers.Get(tx, ref.key())
				return err
			})
			if err != nil {
				return reply{}, err
			}
			page, next, err := paginate(c, row.matching(c))
			return reply{status: http.StatusOK, body: listLayerVersionsOutput{page, next}}, err
		},
	}, nil
}

type layerItem struct {
	LayerName             string
	LayerArn              string
	LatestMatchingVersion layerVersionItem
}

type listLayersOutput struct {
	Layers     []layerItem
	NextMarker string `json:",omitempty"`
}

func (s *Service) listLayers(call) (plan, error) {
	return plan{
		access: []api.Access{{Action: "lambda:ListLayers", Resource: "*"}},
		do: func(c call) (reply, error) {
			var all []layerItem
			err := s.DB.View(func(tx store.Tx) error {
				return s.layers.Scan(tx, store.Key(c.Account(), c.Region, ""), "", func(_ string, l layer) bool {
					if versions := l.matching(c); len(versions) > 0 {
						ref := layerReference{account: l.Account, region: l.Region, name: l.Name}
						all = append(all, layerItem{l.Name, ref.arn(), versions[0]})
					}
					return true
				})
			})
			if err != nil {
				return reply{}, err
			}
			page, next, err := paginate(c, all)
			return reply{status: http.StatusOK, body: listLayersOutput{page, next}}, err
		},
	}, nil
}
