package main

func (r report) functionsHead(colds int) {
	r.printf("\nFunctions that users bring: warm invocations over the API, signature, policy and audit on; %d cold starts of new code,\n", colds)
	r.printf("beside the start of the bare interpreter; and what an environment takes that waits\n")
	r.printf("  %8s", "")
	for _, n := range functionConns {
		r.printf("   -------- %2d at a time --------", n)
	}
	r.printf("   ----- cold start ----   ----- idle ----\n  %8s", "")
	for range functionConns {
		r.printf("   %9s %9s %9s ", "invokes/s", "p50", "p99")
	}
	r.printf("   %7s %7s %6s   %7s %7s\n", "p50", "worst", "bare", "RSS", "PSS")
}

func (r report) functions(i invocations) {
	r.printf("  %8s", i.name)
	for _, n := range functionConns {
		s := i.warm[n]
		r.printf("   %9s %9s %9s ", figure(s.rate()), short3(s.p50), short3(s.p99))
	}
	bare := "-"
	if len(i.bare) > 0 {
		bare = short3(median(i.bare))
	}
	r.printf("   %7s %7s %6s   %4.1f MB %4.1f MB\n", short3(median(i.cold)), short3(percentile(i.cold, 100)), bare, i.rss/1e6, i.pss/1e6)
}
