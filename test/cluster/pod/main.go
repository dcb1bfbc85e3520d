// What runs in the pods of the test cluster. Without arguments it waits to be ended, as the first process of a sandbox does.
// `pod serve PORT…` stands in for a proxy or an application: the ports for administrators and metrics answer what they were
// given before, and the others take connections and end them, or packets: `53/udp`.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
)

const (
	adminAddress   = "127.0.0.1:15000"
	metricsAddress = ":15020"
	// Where recorded answers come in, with the path and query that the admin port will be asked for: PUT for one that is
	// whole, POST for one after which silence follows.
	loadAddress = ":15099"
)

type answer struct {
	body    []byte
	silence bool
}

func main() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		var answers sync.Map
		recorded := func(w http.ResponseWriter, r *http.Request) {
			found, known := answers.Load(r.URL.RequestURI())
			if !known {
				http.NotFound(w, r)
				return
			}
			given := found.(answer)
			w.Header().Set("content-type", "application/json")
			w.Write(given.body)
			if given.silence {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
		}
		go serve(adminAddress, recorded)
		go serve(metricsAddress, recorded)
		go serve(loadAddress, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answers.Store(r.URL.RequestURI(), answer{body, r.Method == http.MethodPost})
		})
		for _, port := range os.Args[2:] {
			if number, isPacket := strings.CutSuffix(port, "/udp"); isPacket {
				go receive(":" + number)
			} else {
				go accept(":" + port)
			}
		}
	}
	<-ended
}

func serve(address string, answer http.HandlerFunc) {
	fail(http.ListenAndServe(address, answer))
}

func accept(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fail(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		connection.Close()
	}
}

func receive(address string) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		fail(err)
	}
	for packet := make([]byte, 1500); err == nil; {
		_, _, err = socket.ReadFrom(packet)
	}
	fail(err)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
