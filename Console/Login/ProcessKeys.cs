using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace SecureAgent.Console.Login;

/// <summary>The keys of this process's cookies, in its memory alone: they end with it, and nothing is written to anybody's home.</summary>
internal sealed class ProcessKeys : IXmlRepository
{
    private readonly List<XElement> elements = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (elements)
        {
            return [.. elements];
        }
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (elements)
        {
            elements.Add(element);
        }
    }
}
