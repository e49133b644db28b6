// Asks a Shardwell service for a plan, and prints the strategy that it chose. Needs Go 1.18 or later, and nothing else.
//
//	go run plan.go http://localhost:8080 ../reference.json [seconds to wait before polling]
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

const attempts = 6

// The service answers within so many seconds, with the plan or with where to ask for it: a request is never open for long.
var wait = "3"

var client = &http.Client{Timeout: 10 * time.Second}

// answer has what is read of a plan, of its status and of a problem.
type answer struct {
	Status       any // a word, or the HTTP status of a problem
	Title        string
	Detail       string
	Strategy     struct{ Name string }
	Verification struct{ Verdict string }
	Remedies     []struct{ Change string }
	Problem      *struct{ Title, Detail string }
	Links        struct{ Status, Plan string }
}

func call(method, url string, body []byte) (int, time.Duration, answer, error) {
	var found answer
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, 0, found, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Prefer", "respond-async, wait="+wait)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, 0, found, err
	}
	defer response.Body.Close()
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return response.StatusCode, time.Duration(seconds) * time.Second, found, json.NewDecoder(response.Body).Decode(&found)
}

// plan is safe to call again: equal requests have equal ids, and are planned once.
func plan(base string, request []byte) (answer, error) {
	for attempt := 0; attempt < attempts; attempt++ {
		status, pause, found, err := call("POST", base+"/plans", request)
		for err == nil && found.Status == "planning" {
			time.Sleep(pause)
			status, pause, found, err = call("GET", base+found.Links.Status, nil)
		}
		if err == nil && found.Status == "done" {
			status, pause, found, err = call("GET", base+found.Links.Plan, nil)
		}
		switch {
		case err != nil:
			fmt.Fprintln(os.Stderr, "trying again:", err)
		case found.Status == "failed":
			return found, fmt.Errorf("%s: %s", found.Problem.Title, found.Problem.Detail)
		case status == 200 || status == 201:
			return found, nil
		// Busy, or the replica that knew the plan is gone: both pass. Anything else is for the caller to mend.
		case status != 404 && status != 429 && status < 502:
			return found, fmt.Errorf("%d %s: %s", status, found.Title, found.Detail)
		}
		if pause == 0 {
			pause = 250 * time.Millisecond << attempt
		}
		time.Sleep(pause)
	}
	return answer{}, fmt.Errorf("no answer in %d attempts", attempts)
}

func main() {
	if len(os.Args) > 3 {
		wait = os.Args[3]
	}
	request, err := os.ReadFile(os.Args[2])
	if err == nil {
		var found answer
		if found, err = plan(os.Args[1], request); err == nil {
			if found.Status == "infeasible" {
				fmt.Println("infeasible:", found.Remedies)
			} else {
				fmt.Println(found.Strategy.Name, found.Verification.Verdict)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
