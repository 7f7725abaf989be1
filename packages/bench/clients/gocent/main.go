// Gocent as a client of the benchmark: see src/clients/protocol.ts.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/centrifugal/gocent/v3"
)

type job struct {
	Work        string `json:"work"`
	Count       int    `json:"count"`
	Prefix      string `json:"prefix"`
	Channels    int    `json:"channels"`
	Concurrency int    `json:"concurrency"`
	BatchSize   int    `json:"batchSize"`
	FailEvery   int    `json:"failEvery"`
}

type counted struct {
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
}

type answer struct {
	counted
	Millis     float64 `json:"millis"`
	CPUMillis  float64 `json:"cpuMillis"`
	PeakRssMiB float64 `json:"peakRssMiB"`
}

type data struct {
	Hello string `json:"hello"`
	N     int    `json:"n"`
}

func (j job) channel(i int) string {
	if j.FailEvery > 0 && i%j.FailEvery == j.FailEvery-1 {
		return fmt.Sprintf("nowhere:%d", i)
	}
	return fmt.Sprintf("%s%d", j.Prefix, i%j.Channels)
}

func (j job) data(i int) ([]byte, error) {
	return json.Marshal(data{Hello: "world", N: i})
}

// concurrently runs the tasks 0 to count - 1, up to concurrency at a time, and returns the first error.
func concurrently(count, concurrency int, task func(i int) error) error {
	var next atomic.Int64
	var first atomic.Value
	var group sync.WaitGroup
	for worker := 0; worker < min(concurrency, count); worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := next.Add(1) - 1; i < int64(count) && first.Load() == nil; i = next.Add(1) - 1 {
				if err := task(int(i)); err != nil {
					first.CompareAndSwap(nil, fmt.Errorf("%d: %w", i, err))
				}
			}
		}()
	}
	group.Wait()
	if err := first.Load(); err != nil {
		return err.(error)
	}
	return nil
}

func publish(client *gocent.Client, j job) (counted, error) {
	var succeeded atomic.Int64
	err := concurrently(j.Count, j.Concurrency, func(i int) error {
		payload, err := j.data(i)
		if err != nil {
			return err
		}
		if _, err := client.Publish(context.Background(), j.channel(i), payload); err != nil {
			return err
		}
		succeeded.Add(1)
		return nil
	})
	return counted{Succeeded: succeeded.Load()}, err
}

func batch(client *gocent.Client, j job) (counted, error) {
	var succeeded, failed atomic.Int64
	batches := (j.Count + j.BatchSize - 1) / j.BatchSize
	err := concurrently(batches, j.Concurrency, func(b int) error {
		pipe := client.Pipe()
		for i := b * j.BatchSize; i < min((b+1)*j.BatchSize, j.Count); i++ {
			payload, err := j.data(i)
			if err != nil {
				return err
			}
			if err := pipe.AddPublish(j.channel(i), payload); err != nil {
				return err
			}
		}
		replies, err := client.SendPipe(context.Background(), pipe)
		if err != nil {
			return err
		}
		for _, reply := range replies {
			if reply.Error != nil {
				failed.Add(1)
				continue
			}
			// A pipe leaves the results undecoded; the other clients decode them.
			var result gocent.PublishResult
			if err := json.Unmarshal(reply.Result, &result); err != nil {
				return err
			}
			succeeded.Add(1)
		}
		return nil
	})
	return counted{Succeeded: succeeded.Load(), Failed: failed.Load()}, err
}

func broadcast(client *gocent.Client, j job, channels []string) (counted, error) {
	var done counted
	result, err := client.Broadcast(context.Background(), channels, []byte(`{"hello":"world"}`))
	for _, response := range result.Responses {
		if response.Error == nil {
			done.Succeeded++
		} else {
			done.Failed++
		}
	}
	return done, err
}

func history(client *gocent.Client, j job) (counted, error) {
	result, err := client.History(context.Background(), j.Prefix, gocent.WithLimit(-1))
	return counted{Succeeded: int64(len(result.Publications))}, err
}

func usage() (cpu time.Duration, peakRssMiB float64) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, 0
	}
	cpu = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	unit := 1024.0 // Linux counts in KiB
	if runtime.GOOS == "darwin" {
		unit = 1024 * 1024
	}
	return cpu, float64(used.Maxrss) / unit
}

func carryOut(client *gocent.Client, j job) (answer, error) {
	var channels []string
	if j.Work == "broadcast" {
		for i := 0; i < j.Count; i++ {
			channels = append(channels, j.channel(i))
		}
	}
	runtime.GC()
	cpuBefore, _ := usage()
	start := time.Now()
	var done counted
	var err error
	switch j.Work {
	case "publish":
		done, err = publish(client, j)
	case "batch", "bulk":
		done, err = batch(client, j)
	case "broadcast":
		done, err = broadcast(client, j, channels)
	case "history":
		done, err = history(client, j)
	default:
		err = fmt.Errorf("it has no %s", j.Work)
	}
	elapsed := time.Since(start)
	cpuAfter, peak := usage()
	return answer{
		counted:    done,
		Millis:     float64(elapsed) / float64(time.Millisecond),
		CPUMillis:  float64(cpuAfter-cpuBefore) / float64(time.Millisecond),
		PeakRssMiB: peak,
	}, err
}

func versions() map[string]string {
	found := map[string]string{"go": runtime.Version()[len("go"):]}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "github.com/centrifugal/gocent/v3" {
				found["gocent"] = module.Version[len("v"):]
			}
		}
	}
	return found
}

func main() {
	// The library's own transport, but not its timeout: a second is too short for a batch on a busy machine.
	client := gocent.New(gocent.Config{
		Addr: os.Getenv("BENCH_API_URL"),
		Key:  os.Getenv("BENCH_API_KEY"),
		HTTPClient: &http.Client{
			Transport: gocent.DefaultHTTPClient.Transport,
			Timeout:   time.Minute,
		},
	})
	out := json.NewEncoder(os.Stdout)
	write := func(line any) {
		if err := out.Encode(line); err != nil {
			os.Exit(1)
		}
	}
	write(map[string]any{"versions": versions()})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var j job
		err := json.Unmarshal(lines.Bytes(), &j)
		var done answer
		if err == nil {
			done, err = carryOut(client, j)
		}
		if err != nil {
			write(map[string]string{"error": err.Error()})
		} else {
			write(done)
		}
	}
}
