package lambda

import (
	"fmt"
	"slices"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// maxLayers is how many layers a function may have.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
const maxLayers = 5

// layerUse is what a function's owner must be allowed to do with its layers.
// Those of another account need that account's permission.
// https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
func (s *Service) layerUse(arns []string) []api.Access {
	var needed []api.Access
	for _, arn := range arns {
		if ref, err := parseLayerARN(arn); err == nil {
			needed = append(needed, s.layerAccess("GetLayerVersion", ref))
		}
	}
	return needed
}

// layersKey is the condition key of the layers that a call names.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
func layersKey(arns []string) map[string][]string {
	if len(arns) == 0 {
		return nil
	}
	return map[string][]string{"lambda:layer": arns}
}

// useLayers finds the layers that a function shall have.
func (s *Service) useLayers(tx store.Tx, region string, arns []string) ([]usedLayer, error) {
	if len(arns) > maxLayers {
		return nil, invalidParameter("Cannot reference more than %d layers.", maxLayers)
	}
	var used []usedLayer
	names := map[string]string{}
	for _, arn := range arns {
		ref, err := parseLayerARN(arn)
		if err != nil {
			return nil, err
		}
		if ref.region != region {
			return nil, invalidParameter("Layers are not in the same region as the function. Layers are expected to be in region %s.", region)
		}
		version, found, err := s.layerVersion(tx, ref)
		if err != nil {
			return nil, err
		}
		if !found || version.Deleted {
			return nil, invalidParameter("Layer version %s does not exist.", arn)
		}
		if other, twice := names[ref.key()]; twice {
			return nil, invalidParameter("Two different versions of the same layer are not allowed to be referenced in the same function. "+
				"%s and %s versions are referenced in the function.", other, arn)
		}
		names[ref.key()] = arn
		used = append(used, usedLayer{Arn: ref.arn(), CodeSize: version.CodeSize})
	}
	return used, nil
}

// contents are the layer versions that a configuration has, deleted ones too.
func (s *Service) contents(tx store.Tx, config configuration) ([]layerVersion, error) {
	all := make([]layerVersion, 0, len(config.Layers))
	for _, used := range config.Layers {
		ref, err := parseLayerARN(used.Arn)
		if err != nil {
			return nil, err
		}
		version, found, err := s.layerVersion(tx, ref)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("layer %s of %s is lost", used.Arn, config.FunctionArn)
		}
		all = append(all, version)
	}
	return all, nil
}

// checkUnzipped knows how large a function's code and its layers may be together.
// code is the unzipped size of its package in bytes.
func (s *Service) checkUnzipped(tx store.Tx, config configuration, code int64) error {
	versions, err := s.contents(tx, config)
	if err != nil {
		return err
	}
	total := code
	for _, version := range versions {
		total += version.Unzipped
	}
	if limit := s.packages.limit; len(versions) > 0 && total > limit {
		return invalidParameter("Function code combined with layers exceeds the maximum allowed size of %d bytes. "+
			"The actual size is %d bytes.", limit, total)
	}
	return nil
}

// packagesOf are the packages that configurations are made of, layers included.
func (s *Service) packagesOf(tx store.Tx, configs ...configuration) ([]string, error) {
	var all []string
	for _, config := range configs {
		versions, err := s.contents(tx, config)
		if err != nil {
			return nil, err
		}
		all = append(all, config.CodeSha256)
		for _, version := range versions {
			all = append(all, version.CodeSha256)
		}
	}
	return all, nil
}

// referenced says whether a version of any function or layer is made of this package.
func (s *Service) referenced(codeSHA256 string) (bool, error) {
	used := false
	err := s.DB.View(func(tx store.Tx) error {
		// A layer version that was deleted counts as long as a function has it.
		deleted := map[string]bool{}
		err := s.layers.Scan(tx, "", "", func(_ string, l layer) bool {
			for i, version := range l.Versions {
				if version.CodeSha256 == codeSHA256 {
					used = used || !version.Deleted
					deleted[layerReference{l.Account, l.Region, l.Name, i + 1}.arn()] = true
				}
			}
			return !used
		})
		if err != nil || used {
			return err
		}
		return s.functions.Scan(tx, "", "", func(_ string, f function) bool {
			used = f.Latest.madeOf(codeSHA256, deleted)
			for _, version := range f.Published {
				used = used || version.madeOf(codeSHA256, deleted)
			}
			return !used
		})
	})
	return used, err
}

// madeOf says whether a version has this code, or one of these layers.
func (config configuration) madeOf(codeSHA256 string, layers map[string]bool) bool {
	return config.CodeSha256 == codeSHA256 ||
		slices.ContainsFunc(config.Layers, func(l usedLayer) bool { return layers[l.Arn] })
}
