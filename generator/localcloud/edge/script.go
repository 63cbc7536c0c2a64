package edge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// Limits of one run. AWS stops functions after about a millisecond of CPU time; this
// interpreter is slower, and the machine has other things to do.
const (
	maxRunTime   = 500 * time.Millisecond
	maxRunHeap   = 512 << 20 // bytes by which the heap may grow, of the whole process
	maxCallDepth = 1000
	maxLogSize   = 10 * 1024 // bytes; what is above is cut off
	watchEvery   = 10 * time.Millisecond
)

// script is a function that is ready to run.
type script struct {
	program *goja.Program
	runtime string
}

// trace is what a run leaves besides its result.
type trace struct {
	logs    []string
	logSize int
	took    time.Duration
}

func (t trace) compute() int {
	return int(min(100, t.took*100/maxRunTime))
}

// moduleImport is how runtime 2.0 loads modules; goja knows require only.
var moduleImport = regexp.MustCompile(`(?m)^\s*import\s+(\w+)\s+from\s+(['"]\w+['"]);?`)

// compile reads a function's source text.
func compile(f Function) (_ *script, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("compile the function %s: %v", f.Name, thrown)
		}
	}()
	if len(f.Code) > MaxFunctionSize {
		return nil, fmt.Errorf("the function %s is larger than %d bytes", f.Name, MaxFunctionSize)
	}
	source := f.Code
	if f.Runtime == RuntimeJS2 {
		source = moduleImport.ReplaceAllString(source, "const $1 = require($2);")
	}
	// A source map would be read from this machine's disk.
	tree, err := goja.Parse(f.Name, source+"\n;handler", parser.WithDisableSourceMaps)
	if err != nil {
		return nil, fmt.Errorf("SyntaxError: %w", err)
	}
	program, err := goja.CompileAST(tree, false)
	if err != nil {
		return nil, fmt.Errorf("SyntaxError: %w", err)
	}
	return &script{program: program, runtime: f.Runtime}, nil
}

// run calls the function's handler in an interpreter of its own: nothing stays from
// one run to the next. It returns the result as JSON.
func (s *script) run(ctx context.Context, eventJSON []byte, now time.Time) (_ []byte, t *trace, err error) {
	t = &trace{}
	vm := goja.New()
	begun := time.Now()
	stop := watch(ctx, vm, maxRunHeap)
	defer func() {
		stop()
		t.took = time.Since(begun)
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("the interpreter failed: %v", thrown)
		}
	}()
	if err := prepare(vm, s.runtime, t, now); err != nil {
		return nil, t, scriptError(err)
	}
	parse, stringify := jsonMethod(vm, "parse"), jsonMethod(vm, "stringify") // before the function can replace them
	value, err := vm.RunProgram(s.program)
	if err != nil {
		return nil, t, scriptError(err)
	}
	handler, ok := goja.AssertFunction(value)
	if !ok {
		return nil, t, errors.New("the function has no handler")
	}
	e, err := parse(goja.Undefined(), vm.ToValue(string(eventJSON)))
	if err != nil {
		return nil, t, scriptError(err)
	}
	result, err := handler(goja.Undefined(), e)
	if err != nil {
		return nil, t, scriptError(err)
	}
	if result, err = settled(result); err != nil {
		return nil, t, err
	}
	text, err := stringify(goja.Undefined(), result)
	if err != nil {
		return nil, t, scriptError(err)
	}
	if goja.IsUndefined(text) {
		return nil, t, nil
	}
	return []byte(text.String()), t, nil
}

// settled is the value of an async handler. Its jobs have all run by now; there are no
// timers that could run more.
func settled(result goja.Value) (goja.Value, error) {
	object, ok := result.(*goja.Object)
	if !ok {
		return result, nil
	}
	promise, ok := object.Export().(*goja.Promise)
	if !ok {
		return result, nil
	}
	switch promise.State() {
	case goja.PromiseStateFulfilled:
		return promise.Result(), nil
	case goja.PromiseStateRejected:
		return nil, fmt.Errorf("%v", promise.Result())
	default:
		return nil, errors.New("the function's promise is never settled")
	}
}

func jsonMethod(vm *goja.Runtime, name string) goja.Callable {
	method, _ := goja.AssertFunction(vm.GlobalObject().Get("JSON").ToObject(vm).Get(name)) // it is the interpreter's own
	return method
}

func scriptError(err error) error {
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		return fmt.Errorf("%v", interrupted.Value())
	}
	var overflow *goja.StackOverflowError
	if errors.As(err, &overflow) {
		return fmt.Errorf("RangeError: maximum call stack size exceeded%w", err)
	}
	return err
}

// watch interrupts a run that takes too long, or lets the heap grow by more than
// maxHeap bytes; stop ends it.
func watch(ctx context.Context, vm *goja.Runtime, maxHeap uint64) (stop func()) {
	ctx, cancel := context.WithTimeout(ctx, maxRunTime)
	var ended sync.WaitGroup
	ended.Go(func() {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		most := heapSize() + maxHeap
		for {
			var over error
			select {
			case <-ctx.Done():
				over = ctx.Err()
			case <-ticker.C:
			}
			switch {
			case heapSize() > most: // before the time: a busy machine looks late
				vm.Interrupt("the function exceeded its memory limit")
			case errors.Is(over, context.DeadlineExceeded):
				vm.Interrupt("the function exceeded its compute limit")
			case over != nil:
				vm.Interrupt("the function was stopped")
			default:
				continue
			}
			return
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}

func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// prepare makes an interpreter what functions find on AWS: a console, two modules, no
// evaluation of text, and a clock that stands still.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
func prepare(vm *goja.Runtime, runtime string, t *trace, now time.Time) error {
	vm.SetMaxCallStackSize(maxCallDepth)
	vm.SetTimeSource(func() time.Time { return now })
	refuse := func(goja.FunctionCall) goja.Value {
		panic(vm.NewTypeError("dynamic code evaluation is not supported"))
	}
	functions := vm.GlobalObject().Get("Function").ToObject(vm).Get("prototype").ToObject(vm)
	console := vm.NewObject()
	err := errors.Join(
		vm.Set("eval", refuse),
		vm.Set("Function", refuse),
		functions.Set("constructor", refuse),
		console.Set("log", t.log),
		vm.Set("console", console),
		vm.Set("require", func(c goja.FunctionCall) goja.Value { return require(vm, c.Argument(0).String()) }),
	)
	if err == nil && runtime == RuntimeJS2 {
		err = errors.Join(vm.Set("btoa", btoa(vm)), vm.Set("atob", atob(vm)))
	}
	if err != nil {
		return fmt.Errorf("prepare the interpreter: %w", err)
	}
	return nil
}

// log is console.log.
func (t *trace) log(c goja.FunctionCall) goja.Value {
	words := make([]string, len(c.Arguments))
	for i, argument := range c.Arguments {
		words[i] = argument.String()
	}
	line := strings.Join(words, " ")
	line = strings.ToValidUTF8(line[:min(len(line), maxLogSize-t.logSize)], "")
	if line != "" {
		t.logs = append(t.logs, line)
		t.logSize += len(line)
	}
	return goja.Undefined()
}

// maxPrograms is how many compiled functions a handler keeps.
const maxPrograms = 256

// programs are the compiled functions of a handler.
type programs struct {
	mu       sync.Mutex
	compiled map[Function]*script
}

func (p *programs) get(f Function) (*script, error) {
	p.mu.Lock()
	s, known := p.compiled[f]
	p.mu.Unlock()
	if known {
		return s, nil
	}
	s, err := compile(f)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.compiled == nil || len(p.compiled) >= maxPrograms {
		p.compiled = map[Function]*script{}
	}
	p.compiled[f] = s
	return s, nil
}
