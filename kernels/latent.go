package kernels

import "ssdgm/engine"

// latent launches the stochastic layer and the likelihoods.
func (b *Builder) latent(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case engine.GaussianSample:
		checkPairs("gaussian_sample", s.Pairs)
		grid, block := teams(s.Pairs.Rows(), fours(s.Latents), warpTeam, b.Replicas)
		return launch(grid, block, gaussianSampleArguments{
			z: b.Floats(s.Z), kl: b.Floats(s.KL), stats: b.Floats(s.Stats), pairs: s.Pairs, latents: s.Latents, noise: b.noise(s.Noise),
		}), true
	case engine.GaussianSampleGrad:
		checkPairs("gaussian_sample_grad", s.Pairs)
		grid, block := teams(s.Pairs.Rows(), fours(s.Latents), warpTeam, b.Replicas)
		return launch(grid, block, gaussianSampleGradArguments{
			dstats: b.Floats(s.DStats), dz: b.Floats(s.DZ), stats: b.Floats(s.Stats), weight: b.Floats(s.Weight),
			klWeight: b.Doubles(s.KLWeight), pairs: s.Pairs, latents: s.Latents, noise: b.noise(s.Noise),
		}), true
	case engine.BernoulliNLL:
		checkPairs("bernoulli_nll", s.Pairs)
		grid, block := teams(s.Pairs.SampleRows(), fours(s.Width), rowTeam, b.Replicas)
		arguments := bernoulliNLLArguments{
			nll: b.Floats(s.NLL), dlogits: b.Floats(s.DLogits), logits: b.Floats(s.Logits), x: b.Floats(s.X), weight: b.Floats(s.Weight),
			pairs: s.Pairs, width: s.Width,
		}
		if s.Missing {
			return launch(grid, block, bernoulliNLLMissingArguments(arguments)), true
		}
		return launch(grid, block, arguments), true
	case engine.GaussianNLL:
		checkPairs("gaussian_nll", s.Pairs)
		grid, block := teams(s.Pairs.SampleRows(), fours(s.Width), rowTeam, b.Replicas)
		arguments := gaussianNLLArguments{
			nll: b.Floats(s.NLL), dstats: b.Floats(s.DStats), stats: b.Floats(s.Stats), x: b.Floats(s.X), weight: b.Floats(s.Weight),
			pairs: s.Pairs, width: s.Width,
		}
		if s.Missing {
			return launch(grid, block, gaussianNLLMissingArguments(arguments)), true
		}
		return launch(grid, block, arguments), true
	case engine.StackPosterior:
		return b.stackPosterior(s), true
	default:
		return Launch{}, false
	}
}

func (b *Builder) stackPosterior(s engine.StackPosterior) Launch {
	checkPairs("stack_posterior", s.Pairs)
	grid, block := teams(s.Pairs.Examples(), fours(s.Latents), warpTeam, b.Replicas)
	return launch(grid, block, stackPosteriorArguments{
		cost: b.Floats(s.Costs), dstats: b.Floats(s.DStats), stats: b.Floats(s.Stats),
		decoder: b.Floats(s.Grads.Decoder), classifier: b.Floats(s.Grads.Classifier),
		encoder: b.Floats(s.Grads.Encoder), likelihood: b.Floats(s.Grads.Likelihood),
		weight: b.Floats(s.Weight), places: b.Ints(s.Places), pairs: s.Pairs, latents: s.Latents, kept: s.Kept, noise: b.noise(s.Noise),
	})
}
