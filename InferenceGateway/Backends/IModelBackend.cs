using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Backends;

/// <summary>One allowed request on its way to a model.</summary>
/// <param name="MaxTokens">Bound on the answer: the caller's own, cut to what its budget leaves; null when it set none.</param>
/// <param name="ClientHeaders">What the agent sent. No backend passes any of it on.</param>
internal sealed record BackendCall(SessionContext Session, ChatRequest Request, long? MaxTokens, IHeaderDictionary ClientHeaders);

/// <summary>
/// Where answers come from. Backends know nothing of policy, budget or audit: by the time they are called all three have said yes.
/// </summary>
internal interface IModelBackend
{
    /// <summary>Name in audit records and telemetry; a closed set.</summary>
    string Name { get; }

    /// <summary>Ids of the models it serves, or why they cannot be known.</summary>
    Task<ModelList> ListAsync(SessionContext session, CancellationToken cancellationToken);

    /// <summary>Starts an answer. Expected failures are <see cref="BackendAnswer.Failed"/>; exceptions are bugs.</summary>
    Task<BackendAnswer> AnswerAsync(BackendCall call, CancellationToken cancellationToken);
}

internal sealed record ModelList(IReadOnlyList<string> Models, OpenAiError? Error = null);
