// Kubernetes-check reads a manifest from stdin and treats it as Kubernetes' API server treats what it is asked to
// create: it decodes strictly, sets defaults and validates with the server's own code. It is a module of its own, as
// that code takes minutes to compile:
//
//	bin/ssdgm sweep emit kubernetes ... | (cd scripts/kubernetes-check && go run .)
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
)

const namespace = "default"

// strategies are what the server does on creation, by kind.
var strategies = map[string]rest.RESTCreateStrategy{
	"Job": job.Strategy, "ConfigMap": configmap.Strategy, "PersistentVolumeClaim": persistentvolumeclaim.Strategy,
}

func main() {
	if err := check(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes-check:", err)
		os.Exit(1)
	}
}

// check tells of every document of a manifest whether it is accepted.
func check(manifest io.Reader, out io.Writer) error {
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDecoder(
		schema.GroupVersion{Group: "batch", Version: runtime.APIVersionInternal}, schema.GroupVersion{Version: runtime.APIVersionInternal})
	var wrong []error
	for documents := yaml.NewYAMLReader(bufio.NewReader(manifest)); ; {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return errors.Join(wrong...)
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		object, kind, err := decoder.Decode(text, nil, nil)
		if err == nil {
			err = create(out, object, kind)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
}

// create does what comes before an object is stored.
func create(out io.Writer, object runtime.Object, kind *schema.GroupVersionKind) error {
	strategy, known := strategies[kind.Kind]
	if !known {
		return fmt.Errorf("%s: want a Job, a ConfigMap or a PersistentVolumeClaim", kind.Kind)
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	accessor.SetNamespace(namespace)
	rest.FillObjectMetaSystemFields(accessor)
	ctx := request.WithRequestInfo(request.WithNamespace(context.Background(), namespace), &request.RequestInfo{APIGroup: kind.Group, APIVersion: kind.Version})
	if err := rest.BeforeCreate(strategy, ctx, object); err != nil {
		return err
	}
	if warnings := strategy.WarningsOnCreate(ctx, object); len(warnings) > 0 {
		return fmt.Errorf("%s %s: %q", kind.Kind, accessor.GetName(), warnings)
	}
	_, err = fmt.Fprintf(out, "%s %s: accepted\n", kind.Kind, accessor.GetName())
	return err
}
